import com.alipay.v3.ApiClient;
import com.alipay.v3.ApiException;
import com.alipay.v3.JSON;
import com.alipay.v3.api.ZhimaCustomerJobworthAuthenticationApi;
import com.alipay.v3.model.ZhimaCustomerJobworthAuthenticationQueryResponseModel;
import com.alipay.v3.util.GenericExecuteApi;
import com.alipay.v3.util.model.AlipayConfig;
import com.alipay.v3.util.model.CustomizedParams;
import com.alipay.v3.util.model.OpenApiGenericRequest;
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
import java.util.HashMap;
import java.util.Map;

/** Drives Alipay's Java SDK at v3: one case a line in, one outcome a line out. */
final class Drive {
    private static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    public static void main(String[] args) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject driven = new JsonParser().parse(line).getAsJsonObject();
            JsonObject outcome = new JsonObject();
            outcome.add("case", driven.get("case"));
            try {
                drive(driven, outcome);
            } catch (Exception thrown) {
                outcome.addProperty("exception", trace(thrown));
            }
            out.println(GSON.toJson(outcome));
        }
    }

    private static void drive(JsonObject driven, JsonObject outcome) throws ApiException {
        try {
            outcome.add("result", ask(driven));
        } catch (ApiException refused) {
            // The SDK throws the same, with the same code, for what the server refuses and for what it does not believe.
            String body = refused.getResponseBody();
            if (body == null || !new JsonParser().parse(body).getAsJsonObject().has("code")) {
                throw refused;
            }
            JsonObject error = text(driven, "operation").equals(TYPED)
                    ? typed(refused) : new JsonParser().parse(body).getAsJsonObject();
            error.addProperty("type", refused.getClass().getSimpleName());
            error.addProperty("status", refused.getCode());
            outcome.add("error", error);
        }
    }

    /** The operation for which the SDK has classes, and with them typed errors. */
    private static final String TYPED = "GET /v3/zhima/customer/jobworth/authentication";

    /** The error as the SDK typed it. It knows the codes that the operation's page lists and those that all operations share. */
    private static JsonObject typed(ApiException refused) {
        if (refused.getErrorObject() == null) {
            throw new IllegalStateException("the SDK found no type for " + refused.getResponseBody());
        }
        return JSON.getGson().toJsonTree(refused.getErrorObject().getActualInstance()).getAsJsonObject();
    }

    private static JsonElement ask(JsonObject driven) throws ApiException {
        ApiClient client = new ApiClient();
        client.setBasePath(text(driven, "scheme") + "://" + text(driven, "endpoint"));
        client.setAlipayConfig(config(driven));
        JsonObject arguments = driven.getAsJsonObject("arguments");
        if (text(driven, "operation").equals(TYPED)) {
            return new JsonParser().parse(authentication(client, arguments, driven).toJson());
        }
        String[] target = text(driven, "operation").split(" ");
        Map<String, Object> values = new HashMap<>();
        for (Map.Entry<String, JsonElement> argument : arguments.entrySet()) {
            values.put(argument.getKey(), argument.getValue().getAsString());
        }
        OpenApiGenericRequest request = new OpenApiGenericRequest();
        request.setAppAuthToken(optional(driven, "app_auth_token"));
        if (target[0].equals("GET")) {
            request.setQueryParams(values);
        } else {
            request.setBodyParams(values);
        }
        return GSON.toJsonTree(new GenericExecuteApi(client).execute(target[1], target[0], request).getData());
    }

    private static ZhimaCustomerJobworthAuthenticationQueryResponseModel authentication(
            ApiClient client, JsonObject given, JsonObject driven) throws ApiException {
        CustomizedParams others = new CustomizedParams();
        others.setAppAuthToken(optional(driven, "app_auth_token"));
        return new ZhimaCustomerJobworthAuthenticationApi(client).query(optional(given, "conn_key"),
                optional(given, "once_token"), optional(given, "query_type"), optional(given, "identity_type"),
                optional(given, "service_id"), optional(given, "user_id"), optional(given, "open_id"),
                optional(given, "cert_no"), optional(given, "cert_type"), others);
    }

    private static AlipayConfig config(JsonObject driven) {
        AlipayConfig config = new AlipayConfig();
        config.setAppId(text(driven, "app_id"));
        config.setPrivateKey(text(driven, "app_private_key_pkcs8"));
        if (text(driven, "mode").equals("aes")) {
            config.setEncryptKey(text(driven, "aes_key"));
        }
        if (text(driven, "mode").equals("certificate")) {
            config.setAppCertPath(text(driven, "app_cert"));
            config.setAlipayPublicCertPath(text(driven, "alipay_cert"));
            config.setRootCertPath(text(driven, "root_cert"));
        } else {
            config.setAlipayPublicKey(text(driven, "alipay_public_key"));
        }
        return config;
    }

    private static String optional(JsonObject object, String name) {
        return object.has(name) ? text(object, name) : null;
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
