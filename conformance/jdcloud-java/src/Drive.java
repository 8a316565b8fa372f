import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.jdcloud.sdk.model.ServiceError;
import com.jdcloud.sdk.service.JdcloudResponse;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/** Drives JD Cloud's Java SDK: one case a line in, one outcome a line out. */
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
            } catch (RuntimeException thrown) {
                outcome.addProperty("exception", trace(thrown));
            }
            out.println(GSON.toJson(outcome));
        }
    }

    private static void drive(JsonObject driven, JsonObject outcome) {
        String name = text(driven, "operation");
        Cloudauth.Operation operation = Cloudauth.OPERATIONS.get(name);
        if (operation == null) {
            outcome.addProperty("exception", "no such operation in this SDK: " + name);
            return;
        }
        Cloudauth client = new Cloudauth(text(driven, "scheme"), text(driven, "endpoint"), text(driven, "access_key"),
                text(driven, "secret_key"));
        if (driven.has("security_token") && !driven.get("security_token").isJsonNull()) {
            client.setCustomHeader("x-jdcloud-security-token", text(driven, "security_token"));
        }
        JdcloudResponse<?> response =
                operation.client(client).execute(GSON.fromJson(driven.get("arguments"), operation.request));
        ServiceError error = response.getError();
        if (error == null) {
            outcome.addProperty("request_id", response.getRequestId());
            outcome.add("result", GSON.toJsonTree(response.getResult()));
            return;
        }
        JsonObject refused = new JsonObject();
        refused.addProperty("type", error.getClass().getName());
        refused.addProperty("code", error.getCode());
        refused.addProperty("status", error.getStatus());
        refused.addProperty("message", error.getMessage());
        refused.addProperty("request_id", response.getRequestId());
        outcome.add("error", refused);
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
