import com.aliyun.auth.credentials.Credential;
import com.aliyun.auth.credentials.provider.StaticCredentialProvider;
import com.aliyun.sdk.gateway.pop.Configuration;
import com.aliyun.sdk.gateway.pop.auth.SignatureVersion;
import com.aliyun.sdk.gateway.pop.exception.PopClientException;
import com.aliyun.sdk.gateway.pop.exception.PopServerException;
import com.aliyun.sdk.service.domain20180129.AsyncClient;
import com.aliyun.sdk.service.domain20180129.DefaultAsyncClientBuilder;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import darabonba.core.TeaModel;
import darabonba.core.client.ClientOverrideConfiguration;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Drives Alibaba Cloud's asynchronous Java SDK, by its domain classes: one case a line in, one outcome a line out. */
final class Drive {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final String MODEL = "com.aliyun.sdk.service.domain20180129.models.";

    public static void main(String[] args) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject driven = JsonParser.parseString(line).getAsJsonObject();
            JsonObject outcome = new JsonObject();
            outcome.add("case", driven.get("case"));
            try {
                outcome.add("result", drive(driven));
            } catch (ExecutionException thrown) {
                failed(thrown.getCause(), outcome);
            } catch (ReflectiveOperationException | InterruptedException | RuntimeException thrown) {
                outcome.addProperty("exception", trace(thrown));
            }
            out.println(GSON.toJson(outcome));
        }
        System.exit(0); // threads of the SDK live on
    }

    private static JsonElement drive(JsonObject driven)
            throws ReflectiveOperationException, ExecutionException, InterruptedException {
        String action = text(driven, "operation").split("/")[1];
        TeaModel request = request(action, driven.getAsJsonObject("arguments"));
        try (AsyncClient client = client(driven)) {
            String method = Character.toLowerCase(action.charAt(0)) + action.substring(1);
            Object pending = AsyncClient.class.getMethod(method, request.getClass()).invoke(client, request);
            Object answer = ((CompletableFuture<?>) pending).get();
            TeaModel body = (TeaModel) answer.getClass().getMethod("getBody").invoke(answer);
            return GSON.toJsonTree(body.toMap());
        }
    }

    private static AsyncClient client(JsonObject driven) {
        Credential credential = Credential.builder()
                .accessKeyId(text(driven, "access_key"))
                .accessKeySecret(text(driven, "secret_key"))
                .securityToken(driven.has("security_token") ? text(driven, "security_token") : null)
                .build();
        ClientOverrideConfiguration where = ClientOverrideConfiguration.create()
                .setEndpointOverride(text(driven, "endpoint"))
                .setProtocol(text(driven, "scheme").toUpperCase());
        DefaultAsyncClientBuilder builder = AsyncClient.builder()
                .region("cn-hangzhou")
                .credentialsProvider(StaticCredentialProvider.create(credential))
                .overrideConfiguration(where);
        if (driven.has("signature") && text(driven, "signature").equals("ACS3")) {
            builder.serviceConfiguration(Configuration.create().setSignatureVersion(SignatureVersion.V3));
        }
        return builder.build();
    }

    /** A request's builder has a method for each parameter, by its name with a small letter before. */
    private static TeaModel request(String action, JsonObject arguments) throws ReflectiveOperationException {
        Class<?> type = Class.forName(MODEL + action + "Request");
        Object builder = type.getMethod("builder").invoke(null);
        for (Map.Entry<String, JsonElement> argument : arguments.entrySet()) {
            Method setter = setter(builder.getClass(), argument.getKey());
            setter.invoke(builder, typed(argument.getValue(), setter.getParameterTypes()[0]));
        }
        return (TeaModel) type.cast(builder.getClass().getMethod("build").invoke(builder));
    }

    private static Method setter(Class<?> builder, String name) throws NoSuchMethodException {
        for (Method method : builder.getMethods()) {
            if (method.getName().equalsIgnoreCase(name) && method.getParameterCount() == 1) {
                return method;
            }
        }
        throw new NoSuchMethodException("no parameter " + name + " of " + builder.getName());
    }

    private static Object typed(JsonElement value, Class<?> type) {
        if (type == Long.class) {
            return value.getAsLong();
        }
        if (type == Integer.class) {
            return value.getAsInt();
        }
        return type == Boolean.class ? (Object) value.getAsBoolean() : value.getAsString();
    }

    private static void failed(Throwable cause, JsonObject outcome) {
        JsonObject error = new JsonObject();
        if (cause instanceof PopClientException refused) {
            tell(error, refused.getErrCode(), refused.getErrMessage(), refused.getRequestId());
        } else if (cause instanceof PopServerException failed) {
            tell(error, failed.getErrCode(), failed.getErrMessage(), failed.getRequestId());
        } else {
            outcome.addProperty("exception", trace(cause));
            return;
        }
        error.addProperty("type", cause.getClass().getName());
        outcome.add("error", error);
    }

    private static void tell(JsonObject error, String code, String message, String requestId) {
        error.addProperty("code", code);
        error.addProperty("message", message);
        error.addProperty("request_id", requestId);
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
