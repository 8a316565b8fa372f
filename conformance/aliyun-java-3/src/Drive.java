import com.aliyuncs.AcsResponse;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.RpcAcsRequest;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.FormatType;
import com.aliyuncs.http.MethodType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/** Drives Alibaba Cloud's Java SDK of 2017: one case a line in, one outcome a line out. */
final class Drive {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final String REGION = "cn-hangzhou";

    public static void main(String[] args) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject driven = JsonParser.parseString(line).getAsJsonObject();
            JsonObject outcome = new JsonObject();
            outcome.add("case", driven.get("case"));
            try {
                outcome.add("result", GSON.toJsonTree(drive(driven)));
            } catch (ClientException refused) {
                outcome.add("error", error(refused));
            } catch (ReflectiveOperationException | RuntimeException thrown) {
                outcome.addProperty("exception", trace(thrown));
            }
            out.println(GSON.toJson(outcome));
        }
    }

    private static Object drive(JsonObject driven) throws ClientException, ReflectiveOperationException {
        DefaultProfile.addEndpoint(REGION, REGION, "Domain", text(driven, "endpoint"));
        RpcAcsRequest<? extends AcsResponse> request = request(driven);
        request.setProtocol(ProtocolType.valueOf(text(driven, "scheme").toUpperCase()));
        if (has(driven, "method")) {
            request.setMethod(MethodType.valueOf(text(driven, "method")));
        }
        if (has(driven, "format")) {
            request.setAcceptFormat(FormatType.valueOf(text(driven, "format")));
        }
        AcsResponse response = new DefaultAcsClient(profile(driven)).getAcsResponse(request);
        return response instanceof Contacts.Answer ? ((Contacts.Answer) response).fields : Classes.read(response);
    }

    private static DefaultProfile profile(JsonObject driven) {
        String key = text(driven, "access_key");
        String secret = text(driven, "secret_key");
        return has(driven, "security_token")
                ? DefaultProfile.getProfile(REGION, key, secret, text(driven, "security_token"))
                : DefaultProfile.getProfile(REGION, key, secret);
    }

    private static RpcAcsRequest<? extends AcsResponse> request(JsonObject driven) throws ReflectiveOperationException {
        String[] operation = text(driven, "operation").split("/");
        JsonObject arguments = driven.getAsJsonObject("arguments");
        return operation[0].equals("2016-05-11")
                ? Contacts.request(operation[1], arguments)
                : Classes.request(operation[1], arguments);
    }

    private static JsonObject error(ClientException refused) {
        JsonObject error = new JsonObject();
        error.addProperty("type", refused.getClass().getName());
        error.addProperty("code", refused.getErrCode());
        error.addProperty("message", refused.getErrMsg());
        error.addProperty("request_id", refused.getRequestId());
        return error;
    }

    private static boolean has(JsonObject object, String name) {
        return object.has(name) && !object.get(name).isJsonNull();
    }

    private static String text(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
