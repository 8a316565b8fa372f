import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONException;
import com.alibaba.fastjson.JSONObject;
import com.alibaba.fastjson.serializer.NameFilter;
import com.alibaba.fastjson.serializer.SerializerFeature;
import com.volcengine.model.request.ApplySmsSignatureRequest;
import com.volcengine.model.request.ApplySmsSignatureV2Request;
import com.volcengine.model.request.ApplySignatureIdentRequest;
import com.volcengine.model.request.BatchBindSignatureIdentRequest;
import com.volcengine.model.request.DeleteSignatureRequest;
import com.volcengine.model.request.GetSignatureAndOrderListRequest;
import com.volcengine.model.request.GetSignatureIdentListRequest;
import com.volcengine.model.request.GetSubAccountListRequest;
import com.volcengine.model.request.UpdateSignatureIdentRequest;
import com.volcengine.model.response.ResponseMetadata;
import com.volcengine.model.sms.DocType;
import com.volcengine.model.sms.PurposeType;
import com.volcengine.model.sms.SignSourceType;
import com.volcengine.model.sms.SignSourceTypeV2;
import com.volcengine.service.BaseServiceImpl;
import com.volcengine.service.sms.SmsService;
import com.volcengine.service.sms.SmsServiceInfoConfig;
import com.volcengine.service.sms.impl.SmsServiceImpl;
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
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.http.NameValuePair;
import org.apache.http.message.BasicNameValuePair;

/** Drives Volcengine's Java SDK: one case a line in, one outcome a line out. */
final class Drive {
    /** How the SDK words an error in a 200; nothing else of it reaches the caller. */
    private static final Pattern IN_A_200 = Pattern.compile("(\\w+)error:(.*)", Pattern.DOTALL);
    /** The vendor's names, some of which the SDK's models write with a capital. */
    private static final NameFilter SMALL =
            (object, name, value) -> Character.toLowerCase(name.charAt(0)) + name.substring(1);

    /** One of the SDK's methods: from a case's arguments to what the SDK makes of the answer. */
    private interface Operation {
        Answer call(SmsService sms, JSONObject arguments) throws Exception;
    }

    private record Answer(ResponseMetadata about, Object result) {
    }

    private static final Map<String, Operation> OPERATIONS = Map.of(
            "ApplySignatureIdent", (sms, arguments) -> {
                var answer = sms.applySignatureIdent(fill(arguments, ApplySignatureIdentRequest.class));
                return new Answer(answer.getResponseMetadata(), answer.getResultBean());
            },
            "UpdateSignatureIdent", (sms, arguments) -> {
                var answer = sms.updateSignatureIdent(fill(arguments, UpdateSignatureIdentRequest.class));
                return new Answer(answer.getResponseMetadata(), answer.getResult());
            },
            "GetSignatureIdentList", (sms, arguments) -> {
                var answer = sms.getSignatureIdentList(fill(arguments, GetSignatureIdentListRequest.class));
                return new Answer(answer.getResponseMetadata(), answer.getResult());
            },
            "BatchBindSignatureIdent", (sms, arguments) -> {
                var answer = sms.batchBindSignatureIdent(fill(arguments, BatchBindSignatureIdentRequest.class));
                return new Answer(answer.getResponseMetadata(), answer.getResultBean());
            },
            "ApplySmsSignature", (sms, arguments) -> {
                String source = (String) arguments.remove("source");
                Integer purpose = (Integer) arguments.remove("purpose");
                ApplySmsSignatureRequest request = fill(arguments, ApplySmsSignatureRequest.class);
                request.setSource(first(SignSourceType.values(), each -> each.getName().equals(source)));
                request.setPurpose(first(PurposeType.values(), each -> each.getCode() == purpose));
                var answer = sms.applySmsSignature(request);
                return new Answer(answer.getResponseMetadata(), answer.getResult());
            },
            "ApplySmsSignatureV2", (sms, arguments) -> {
                Integer source = (Integer) arguments.remove("source");
                Integer purpose = (Integer) arguments.remove("purpose");
                ApplySmsSignatureV2Request request = fill(arguments, ApplySmsSignatureV2Request.class);
                request.setSource(first(SignSourceTypeV2.values(), each -> each.getSourceType() == source));
                request.setPurpose(first(PurposeType.values(), each -> each.getCode() == purpose));
                var answer = sms.applySmsSignatureV2(request);
                return new Answer(answer.getResponseMetadata(), answer.getResult());
            },
            "GetSignatureAndOrderList", (sms, arguments) -> {
                var answer = sms.getSmsSignatureAndOrderList(fill(arguments, GetSignatureAndOrderListRequest.class));
                return new Answer(answer.getResponseMetadata(), answer.getResult());
            },
            "DeleteSignature", (sms, arguments) -> {
                var answer = sms.deleteSmsSignature(fill(arguments, DeleteSignatureRequest.class));
                return new Answer(answer.getResponseMetadata(), answer.getResult());
            },
            "GetSubAccountList", (sms, arguments) -> {
                var answer = sms.getSubAccountList(fill(arguments, GetSubAccountListRequest.class));
                return new Answer(answer.getResponseMetadata(), answer.getResult());
            });

    public static void main(String[] args) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JSONObject driven = JSON.parseObject(line);
            JSONObject outcome = new JSONObject();
            outcome.put("case", driven.get("case"));
            try {
                drive(driven, outcome);
            } catch (Exception thrown) {
                refused(thrown, outcome);
            }
            out.println(outcome.toString(SerializerFeature.DisableCircularReferenceDetect));
        }
        System.exit(0); // the SDK watches its idle connections on a thread that is no daemon
    }

    private static void drive(JSONObject driven, JSONObject outcome) throws Exception {
        String name = driven.getString("operation");
        Operation operation = OPERATIONS.get(name);
        if (operation == null) {
            outcome.put("exception", "no such operation in this SDK: " + name);
            return;
        }
        SmsService sms = connect(driven);
        if (driven.containsKey("page")) {
            outcome.put("result", signed(sms, driven));
            return;
        }
        Answer answer = operation.call(sms, driven.getJSONObject("arguments"));
        ResponseMetadata about = answer.about();
        outcome.put("request_id", about.getRequestId());
        outcome.put("metadata", Map.of("RequestId", about.getRequestId(), "Action", about.getAction(), "Version",
                about.getVersion(), "Service", about.getService(), "Region", about.getRegion()));
        outcome.put("result", JSON.parse(JSON.toJSONString(answer.result(), SMALL)));
    }

    private static SmsService connect(JSONObject driven) {
        SmsServiceInfoConfig config =
                new SmsServiceInfoConfig(driven.getString("access_key"), driven.getString("secret_key"));
        SmsService sms = SmsServiceImpl.getInstance(config);
        // The instance of an access key is made once; all else about it can be changed.
        BaseServiceImpl service = (BaseServiceImpl) sms;
        service.setHost(driven.getString("endpoint"));
        service.setScheme(driven.getString("scheme"));
        service.setSecretKey(driven.getString("secret_key"));
        service.setSessionToken(driven.getString("security_token"));
        return sms;
    }

    private static Object signed(SmsService sms, JSONObject driven) throws Exception {
        List<NameValuePair> query = new ArrayList<>();
        for (Map.Entry<String, Object> each : driven.getJSONObject("arguments").entrySet()) {
            query.add(new BasicNameValuePair(each.getKey(), each.getValue().toString()));
        }
        String name = driven.getString("operation");
        String method = ((BaseServiceImpl) sms).getApiInfoList().get(name).getMethod();
        String address = driven.getString("scheme") + "://" + driven.getString("endpoint") + "/?"
                + sms.getSignUrl(name, query);
        return Map.of("address", address, "method", method);
    }

    /** Fills one of the SDK's requests; a file's type is one of the SDK's enumeration, which it names by a number. */
    private static <T> T fill(JSONObject arguments, Class<T> kind) {
        named(arguments);
        return JSON.toJavaObject(arguments, kind);
    }

    private static void named(Object value) {
        if (value instanceof List<?> list) {
            list.forEach(Drive::named);
        } else if (value instanceof JSONObject object) {
            object.values().forEach(Drive::named);
            object.computeIfPresent("fileType", (key, code) -> type((Integer) code).name());
        }
    }

    /** The SDK has 18 for both sides of a legal person's card. */
    private static DocType type(int code) {
        return code == 19 ? DocType.LegalPersonIDCardBack : first(DocType.values(), each -> each.getCode() == code);
    }

    private static <T> T first(T[] all, java.util.function.Predicate<T> wanted) {
        for (T each : all) {
            if (wanted.test(each)) {
                return each;
            }
        }
        throw new IllegalArgumentException("the SDK's enumeration has no such value");
    }

    /** The SDK throws bare exceptions: with the whole body as text, or with a request id and a message of an error in a 200. */
    private static void refused(Exception thrown, JSONObject outcome) {
        String text = String.valueOf(thrown.getMessage());
        JSONObject error = new JSONObject();
        error.put("type", thrown.getClass().getName());
        Matcher worded = IN_A_200.matcher(text);
        if (worded.matches()) {
            error.put("request_id", worded.group(1));
            error.put("message", worded.group(2));
            outcome.put("error", error);
            return;
        }
        try {
            JSONObject about = JSON.parseObject(text).getJSONObject("ResponseMetadata");
            JSONObject told = about.getJSONObject("Error");
            error.put("request_id", about.get("RequestId"));
            error.put("code", told.get("Code"));
            error.put("code_n", told.get("CodeN"));
            error.put("message", told.get("Message"));
            outcome.put("error", error);
        } catch (JSONException | NullPointerException other) {
            outcome.put("exception", trace(thrown));
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
