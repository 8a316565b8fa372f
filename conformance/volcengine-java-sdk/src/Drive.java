import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.volcengine.ApiClient;
import com.volcengine.ApiException;
import com.volcengine.ContentType;
import com.volcengine.HttpMethod;
import com.volcengine.UniversalApi;
import com.volcengine.UniversalRequest;
import com.volcengine.model.ResponseMetadata;
import com.volcengine.sign.Credentials;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Drives Volcengine's newer Java SDK, by its general client: one case a line in, one outcome a line out. */
final class Drive {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final String SERVICE = "volcSMS";
    /** Asked by GET, as their documents have it; all else is a POST of JSON. */
    private static final Set<String> READS = Set.of("GetSignatureIdentList", "GetSignatureAndOrderList");
    /** The operations of the newest generation. */
    private static final Set<String> NEWEST = Set.of("GetSignatureIdentificationList", "ListSignatureForAgent");

    public static void main(String[] args) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // the SDK may print there
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject driven = new JsonParser().parse(line).getAsJsonObject();
            JsonObject outcome = new JsonObject();
            outcome.add("case", driven.get("case"));
            try {
                answered(drive(driven), outcome);
            } catch (ApiException refused) {
                refused(refused, outcome);
            } catch (RuntimeException thrown) {
                outcome.addProperty("exception", trace(thrown));
            }
            out.println(GSON.toJson(outcome));
        }
    }

    private static Map<String, Object> drive(JsonObject driven) throws ApiException {
        String action = text(driven, "operation");
        String version = NEWEST.contains(action) ? "2026-01-01" : "2021-01-11";
        boolean reads = READS.contains(action);
        UniversalRequest request = new UniversalRequest(SERVICE, action, version, reads ? HttpMethod.GET : HttpMethod.POST,
                reads ? ContentType.Default : ContentType.ApplicationJSON);
        Map<String, Object> arguments = members(driven.getAsJsonObject("arguments"));
        return new UniversalApi(client(driven)).doCall(request, arguments);
    }

    private static ApiClient client(JsonObject driven) {
        String key = text(driven, "access_key");
        String secret = text(driven, "secret_key");
        return new ApiClient()
                .setCredentials(driven.has("security_token")
                        ? Credentials.getCredentials(key, secret, text(driven, "security_token"))
                        : Credentials.getCredentials(key, secret))
                .setRegion("cn-beijing")
                .setEndpoint(text(driven, "endpoint"))
                .setDisableSSL(text(driven, "scheme").equals("http"));
    }

    private static Map<String, Object> members(JsonObject object) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> member : object.entrySet()) {
            members.put(member.getKey(), plain(member.getValue()));
        }
        return members;
    }

    private static Object plain(JsonElement value) {
        if (value.isJsonObject()) {
            return members(value.getAsJsonObject());
        }
        if (value.isJsonArray()) {
            List<Object> elements = new ArrayList<>();
            value.getAsJsonArray().forEach(element -> elements.add(plain(element)));
            return elements;
        }
        if (value.isJsonNull()) {
            return null;
        }
        JsonPrimitive told = value.getAsJsonPrimitive();
        if (told.isNumber()) {
            return told.getAsLong();
        }
        return told.isBoolean() ? (Object) told.getAsBoolean() : told.getAsString();
    }

    /** The general client gives its user the whole answer, with an error in a 200 or without one. */
    private static void answered(Map<String, Object> envelope, JsonObject outcome) {
        JsonObject about = GSON.toJsonTree(envelope.get("ResponseMetadata")).getAsJsonObject();
        outcome.add("request_id", about.get("RequestId"));
        if (about.has("Error")) {
            outcome.add("error", told(GSON.fromJson(about, ResponseMetadata.class), envelope.getClass(), 200));
            return;
        }
        outcome.add("metadata", about);
        outcome.add("result", whole(GSON.toJsonTree(envelope.get("Result"))));
    }

    /** The SDK reads every number as a double; up to 2^53 that is the number itself, which its user makes of it again. */
    private static JsonElement whole(JsonElement value) {
        if (value.isJsonObject()) {
            JsonObject members = new JsonObject();
            value.getAsJsonObject().entrySet().forEach(member -> members.add(member.getKey(), whole(member.getValue())));
            return members;
        }
        if (value.isJsonArray()) {
            JsonArray elements = new JsonArray();
            value.getAsJsonArray().forEach(element -> elements.add(whole(element)));
            return elements;
        }
        boolean number = value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
        return number ? new JsonPrimitive((long) value.getAsDouble()) : value;
    }

    /** A refusal is what the SDK has read the answer's metadata of; without them it did not come from the server. */
    private static void refused(ApiException thrown, JsonObject outcome) {
        ResponseMetadata about = thrown.getResponseMetadata();
        if (about == null || about.getError() == null) {
            outcome.addProperty("exception", trace(thrown));
            return;
        }
        outcome.add("error", told(about, thrown.getClass(), thrown.getCode()));
    }

    private static JsonObject told(ResponseMetadata about, Class<?> seenAs, int status) {
        JsonObject error = new JsonObject();
        error.addProperty("type", seenAs.getName());
        error.addProperty("status", status);
        error.addProperty("code", about.getError().getCode());
        error.addProperty("code_n", about.getError().getCodeN());
        error.addProperty("message", about.getError().getMessage());
        error.addProperty("request_id", about.getRequestId());
        return error;
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
