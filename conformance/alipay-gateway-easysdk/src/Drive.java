import com.alipay.easysdk.factory.Factory;
import com.alipay.easysdk.kernel.Config;
import com.alipay.easysdk.util.generic.Client;
import com.alipay.easysdk.util.generic.models.AlipayOpenApiGenericResponse;
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

/** Drives Alipay's Easy SDK for Java: one case a line in, one outcome a line out. */
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

    private static void drive(JsonObject driven, JsonObject outcome) throws Exception {
        Factory.setOptions(config(driven));
        Map<String, Object> arguments = new HashMap<>();
        for (Map.Entry<String, JsonElement> argument : driven.getAsJsonObject("arguments").entrySet()) {
            arguments.put(argument.getKey(), argument.getValue().getAsString());
        }
        Client client = Factory.Util.Generic();
        if (driven.has("app_auth_token")) {
            client = client.agent(text(driven, "app_auth_token"));
        }
        // A map and not null, or the token that the client was given is not sent.
        Map<String, String> others = new HashMap<>();
        if (driven.has("page")) {
            others.put("return_url", text(driven.getAsJsonObject("page"), "return_url"));
            JsonObject page = new JsonObject();
            page.addProperty("address", text(driven, "scheme") + "://" + text(driven, "endpoint") + "/gateway.do?"
                    + client.sdkExecute(text(driven, "operation"), others, arguments).body);
            outcome.add("result", page);
            return;
        }
        outcome.add("result", fields(text(driven, "operation"), client.execute(text(driven, "operation"), others, arguments)));
    }

    private static Config config(JsonObject driven) {
        Config config = new Config();
        config.protocol = text(driven, "scheme");
        config.gatewayHost = text(driven, "endpoint");
        config.appId = text(driven, "app_id");
        config.signType = "RSA2";
        config.merchantPrivateKey = text(driven, "app_private_key_pkcs8");
        if (text(driven, "mode").equals("certificate")) {
            config.merchantCertPath = text(driven, "app_cert");
            config.alipayCertPath = text(driven, "alipay_cert");
            config.alipayRootCertPath = text(driven, "root_cert");
        } else {
            config.alipayPublicKey = text(driven, "alipay_public_key");
        }
        return config;
    }

    /** What the general response tells, and for the fields of the operation itself its body, which the SDK leaves to its users. */
    private static JsonObject fields(String operation, AlipayOpenApiGenericResponse response) {
        JsonObject body = new JsonParser().parse(response.httpBody).getAsJsonObject();
        JsonObject told = body.getAsJsonObject(operation.replace('.', '_') + "_response");
        told.addProperty("code", response.code);
        told.addProperty("msg", response.msg);
        told.addProperty("sub_code", response.subCode);
        told.addProperty("sub_msg", response.subMsg);
        return told;
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
