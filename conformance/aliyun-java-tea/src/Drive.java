import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.Client;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Drives Alibaba Cloud's Java SDK of the current generation, by its general call: one case a line in, one outcome a line out. */
final class Drive {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    public static void main(String[] args) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject driven = JsonParser.parseString(line).getAsJsonObject();
            JsonObject outcome = new JsonObject();
            outcome.add("case", driven.get("case"));
            try {
                outcome.add("result", drive(driven));
            } catch (TeaException refused) {
                outcome.add("error", error(refused));
            } catch (Exception thrown) { // the SDK declares no narrower one
                outcome.addProperty("exception", trace(thrown));
            }
            out.println(GSON.toJson(outcome));
        }
    }

    private static JsonElement drive(JsonObject driven) throws Exception {
        Map<String, ?> answer = client(driven).callApi(params(driven), request(driven), new RuntimeOptions());
        return GSON.toJsonTree(answer.get("body"));
    }

    private static Client client(JsonObject driven) throws Exception {
        Config config = new Config()
                .setAccessKeyId(text(driven, "access_key"))
                .setAccessKeySecret(text(driven, "secret_key"))
                .setEndpoint(text(driven, "endpoint"))
                .setProtocol(text(driven, "scheme"));
        if (has(driven, "security_token")) {
            config.setSecurityToken(text(driven, "security_token"));
        }
        if (is(driven, "signature", "RPC")) {
            config.setSignatureAlgorithm("v2");
        }
        return new Client(config);
    }

    private static Params params(JsonObject driven) {
        String[] operation = text(driven, "operation").split("/");
        return new Params()
                .setVersion(operation[0])
                .setAction(operation[1])
                .setProtocol("HTTPS")
                .setPathname("/")
                .setMethod(has(driven, "method") ? text(driven, "method") : "POST")
                .setAuthType("AK")
                .setStyle("RPC")
                .setReqBodyType(is(driven, "placement", "json") ? "json" : "formData")
                .setBodyType("json");
    }

    private static OpenApiRequest request(JsonObject driven) {
        JsonObject arguments = driven.getAsJsonObject("arguments");
        if (is(driven, "placement", "body") || is(driven, "placement", "json")) {
            Map<String, Object> body = new LinkedHashMap<>();
            for (Map.Entry<String, JsonElement> argument : arguments.entrySet()) {
                body.put(argument.getKey(), plain(argument.getValue().getAsJsonPrimitive()));
            }
            return new OpenApiRequest().setBody(body);
        }
        Map<String, String> query = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> argument : arguments.entrySet()) {
            query.put(argument.getKey(), argument.getValue().getAsString());
        }
        return new OpenApiRequest().setQuery(query);
    }

    private static Object plain(JsonPrimitive value) {
        if (value.isNumber()) {
            return value.getAsLong();
        }
        return value.isBoolean() ? (Object) value.getAsBoolean() : value.getAsString();
    }

    private static JsonObject error(TeaException refused) {
        JsonObject error = new JsonObject();
        error.addProperty("type", refused.getClass().getName());
        error.addProperty("code", refused.getCode());
        error.addProperty("message", refused.getMessage());
        error.addProperty("status", refused.getStatusCode());
        Map<String, Object> told = refused.getData();
        error.add("request_id", GSON.toJsonTree(told == null ? null : told.get("RequestId")));
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
