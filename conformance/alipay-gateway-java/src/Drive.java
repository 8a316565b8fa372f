import com.alipay.api.AlipayApiException;
import com.alipay.api.AlipayClient;
import com.alipay.api.AlipayConfig;
import com.alipay.api.AlipayObject;
import com.alipay.api.AlipayRequest;
import com.alipay.api.AlipayResponse;
import com.alipay.api.DefaultAlipayClient;
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
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** Drives Alipay's Java SDK at the gateway: one case a line in, one outcome a line out. */
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

    private static void drive(JsonObject driven, JsonObject outcome) throws ReflectiveOperationException, AlipayApiException {
        AlipayClient client = new DefaultAlipayClient(config(driven));
        AlipayRequest<?> request = request(driven);
        if (driven.has("page")) {
            request.setReturnUrl(text(driven.getAsJsonObject("page"), "return_url"));
            JsonObject page = new JsonObject();
            page.addProperty("address", client.pageExecute(request, "GET").getBody());
            outcome.add("result", page);
            return;
        }
        String token = driven.has("app_auth_token") ? text(driven, "app_auth_token") : null;
        boolean certified = text(driven, "mode").equals("certificate");
        outcome.add("result", fields(certified
                ? client.certificateExecute(request, null, token) : client.execute(request, null, token)));
    }

    private static AlipayConfig config(JsonObject driven) {
        AlipayConfig config = new AlipayConfig();
        config.setServerUrl(text(driven, "scheme") + "://" + text(driven, "endpoint") + "/gateway.do");
        config.setAppId(text(driven, "app_id"));
        config.setPrivateKey(text(driven, "app_private_key_pkcs8"));
        config.setFormat("json");
        config.setSignType(text(driven, "mode").equals("sha1") ? "RSA" : "RSA2");
        config.setCharset(text(driven, "mode").contains("gbk") ? "GBK" : "UTF-8");
        if (text(driven, "mode").contains("aes")) {
            config.setEncryptType("AES");
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

    /** The SDK's own request and model for an operation, filled by their setters. */
    private static AlipayRequest<?> request(JsonObject driven) throws ReflectiveOperationException {
        String name = camel(text(driven, "operation"), "\\.");
        AlipayObject model = (AlipayObject) made("com.alipay.api.domain." + name + "Model");
        for (Map.Entry<String, JsonElement> argument : driven.getAsJsonObject("arguments").entrySet()) {
            model.getClass().getMethod("set" + camel(argument.getKey(), "_"), String.class)
                    .invoke(model, argument.getValue().getAsString());
        }
        AlipayRequest<?> request = (AlipayRequest<?>) made("com.alipay.api.request." + name + "Request");
        request.setBizModel(model);
        request.setNeedEncrypt(text(driven, "mode").contains("aes"));
        return request;
    }

    private static Object made(String type) throws ReflectiveOperationException {
        return Class.forName(type).getDeclaredConstructor().newInstance();
    }

    private static final Set<Class<?>> TOLD = Set.of(String.class, Boolean.class);

    /** What the getters of a response tell. */
    private static JsonObject fields(AlipayResponse response) throws ReflectiveOperationException {
        JsonObject told = new JsonObject();
        for (Method method : response.getClass().getMethods()) {
            String name = method.getName();
            if (name.startsWith("get") && method.getParameterCount() == 0 && TOLD.contains(method.getReturnType())) {
                told.add(name.substring(3, 4).toLowerCase() + name.substring(4), GSON.toJsonTree(method.invoke(response)));
            }
        }
        return told;
    }

    private static String camel(String name, String between) {
        StringBuilder text = new StringBuilder();
        for (String word : name.split(between)) {
            text.append(word.substring(0, 1).toUpperCase()).append(word.substring(1));
        }
        return text.toString();
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
