import com.aliyuncs.AcsResponse;
import com.aliyuncs.CommonRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.RpcAcsRequest;
import com.aliyuncs.auth.BasicCredentials;
import com.aliyuncs.auth.BasicSessionCredentials;
import com.aliyuncs.auth.SignatureVersion;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.FormatType;
import com.aliyuncs.http.HttpClientConfig;
import com.aliyuncs.http.HttpClientType;
import com.aliyuncs.http.MethodType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.policy.retry.RetryPolicy;
import com.aliyuncs.profile.DefaultProfile;
import com.aliyuncs.regions.ProductDomain;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
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
import java.util.Map;

/** Drives Alibaba Cloud's Java SDK, core 4: one case a line in, one outcome a line out. */
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
                outcome.add("result", drive(driven));
            } catch (ClientException refused) {
                outcome.add("error", error(refused));
            } catch (ReflectiveOperationException | RuntimeException thrown) {
                outcome.addProperty("exception", trace(thrown));
            }
            out.println(GSON.toJson(outcome));
        }
    }

    private static JsonElement drive(JsonObject driven) throws ClientException, ReflectiveOperationException {
        String[] operation = text(driven, "operation").split("/");
        DefaultAcsClient client = client(driven);
        try {
            return operation[0].equals("2018-01-29") && !is(driven, "placement", "query")
                    ? typed(client, driven, operation[1])
                    : common(client, driven, operation);
        } finally {
            client.shutdown();
        }
    }

    private static DefaultAcsClient client(JsonObject driven) {
        String key = text(driven, "access_key");
        String secret = text(driven, "secret_key");
        DefaultProfile profile = DefaultProfile.getProfile(REGION, key, secret);
        if (is(driven, "placement", "body")) {
            // Its older HTTP client puts what the classes put into the query of a POST into the body.
            HttpClientConfig config = HttpClientConfig.getDefault();
            config.setClientType(HttpClientType.Compatible);
            profile.setHttpClientConfig(config);
        }
        DefaultAcsClient client = has(driven, "security_token")
                ? new DefaultAcsClient(profile, new BasicSessionCredentials(key, secret, text(driven, "security_token")))
                : new DefaultAcsClient(profile, new BasicCredentials(key, secret));
        if (is(driven, "signature", "ACS3")) {
            client.setSignatureVersion(SignatureVersion.V3);
        }
        if (has(driven, "retries")) {
            client.setSysRetryPolicy(RetryPolicy.defaultRetryPolicy(false));
        }
        return client;
    }

    private static JsonElement typed(DefaultAcsClient client, JsonObject driven, String action)
            throws ClientException, ReflectiveOperationException {
        JsonObject arguments = driven.getAsJsonObject("arguments");
        RpcAcsRequest<AcsResponse> request = Classes.request(action, arguments);
        request.setSysProductDomain(new ProductDomain("Domain", text(driven, "endpoint")));
        request.setSysProtocol(protocol(driven));
        if (has(driven, "method")) {
            request.setSysMethod(MethodType.valueOf(text(driven, "method")));
        }
        if (has(driven, "format")) {
            request.setSysAcceptFormat(FormatType.valueOf(text(driven, "format")));
        }
        return GSON.toJsonTree(Classes.read(client.getAcsResponse(request)));
    }

    /** What has no class in the domain package goes through the general request, whose answer is text. */
    private static JsonElement common(DefaultAcsClient client, JsonObject driven, String[] operation)
            throws ClientException {
        CommonRequest request = new CommonRequest();
        request.setSysDomain(text(driven, "endpoint"));
        request.setSysProtocol(protocol(driven));
        request.setSysVersion(operation[0]);
        request.setSysAction(operation[1]);
        if (has(driven, "method")) {
            request.setSysMethod(MethodType.valueOf(text(driven, "method")));
        }
        boolean asJson = is(driven, "placement", "json");
        if (asJson) {
            request.setHttpContentType(FormatType.JSON);
        }
        for (Map.Entry<String, JsonElement> argument : driven.getAsJsonObject("arguments").entrySet()) {
            String value = argument.getValue().getAsString();
            if (asJson || is(driven, "placement", "body")) {
                request.putBodyParameter(argument.getKey(), value);
            } else {
                request.putQueryParameter(argument.getKey(), value);
            }
        }
        if (has(driven, "format")) {
            request.setSysAccept(FormatType.valueOf(text(driven, "format")));
        }
        String data = client.getCommonResponse(request).getData();
        if (is(driven, "format", "XML")) {
            JsonObject result = new JsonObject();
            result.addProperty("xml", data);
            return result;
        }
        return JsonParser.parseString(data);
    }

    private static ProtocolType protocol(JsonObject driven) {
        return ProtocolType.valueOf(text(driven, "scheme").toUpperCase());
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

    private static boolean is(JsonObject object, String name, String value) {
        return has(object, name) && text(object, name).equals(value);
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
