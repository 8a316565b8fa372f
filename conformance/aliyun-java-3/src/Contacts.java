import com.aliyuncs.AcsResponse;
import com.aliyuncs.RpcAcsRequest;
import com.aliyuncs.transform.UnmarshallerContext;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The operations of 2016-05-11 over Alibaba Cloud's unmodified core. The domain package that declared them, 2.3.0, could
 * not be had; what is tested here, from signing to decoding, is all in core.
 */
final class Contacts {

    static RpcAcsRequest<? extends AcsResponse> request(String action, JsonObject arguments) {
        switch (action) {
            case "SaveContactTemplate":
                return new Request<>(action, arguments, SaveContactTemplateResponse.class);
            case "SaveContactTemplateCredential":
                return new Request<>(action, arguments, SaveContactTemplateCredentialResponse.class);
            case "QueryContactTemplate":
                return new Request<>(action, arguments, QueryContactTemplateResponse.class);
            case "DeleteContactTemplate":
                return new Request<>(action, arguments, DeleteContactTemplateResponse.class);
            case "QueryFailReasonList":
                return new Request<>(action, arguments, QueryFailReasonListResponse.class);
            default:
                // Whatever else a caller may ask for: only its refusal is of interest.
                return new Request<>(action, arguments, SaveContactTemplateCredentialResponse.class);
        }
    }

    private static final class Request<T extends AcsResponse> extends RpcAcsRequest<T> {
        private final Class<T> response;

        Request(String action, JsonObject arguments, Class<T> response) {
            super("Domain", "2016-05-11", action);
            this.response = response;
            for (Map.Entry<String, JsonElement> argument : arguments.entrySet()) {
                putQueryParameter(argument.getKey(), argument.getValue().getAsString());
            }
        }

        @Override
        public Class<T> getResponseClass() {
            return response;
        }
    }

    /** An answer, read with the core's own means; the core names its fields after the class. */
    public abstract static class Answer extends AcsResponse {
        final Map<String, Object> fields = new LinkedHashMap<>();

        String root() {
            return getClass().getName() + ".";
        }

        void text(UnmarshallerContext context, String... names) {
            for (String name : names) {
                fields.put(name, context.stringValue(root() + name));
            }
        }

        void number(UnmarshallerContext context, String... names) {
            for (String name : names) {
                fields.put(name, context.integerValue(root() + name));
            }
        }

        void flag(UnmarshallerContext context, String... names) {
            for (String name : names) {
                fields.put(name, context.booleanValue(root() + name));
            }
        }
    }

    public static final class SaveContactTemplateResponse extends Answer {
        @Override
        public AcsResponse getInstance(UnmarshallerContext context) {
            text(context, "RequestId");
            flag(context, "Success");
            fields.put("ContactTemplateId", context.longValue(root() + "ContactTemplateId"));
            return this;
        }
    }

    public static final class SaveContactTemplateCredentialResponse extends Answer {
        @Override
        public AcsResponse getInstance(UnmarshallerContext context) {
            text(context, "RequestId");
            return this;
        }
    }

    public static final class DeleteContactTemplateResponse extends Answer {
        @Override
        public AcsResponse getInstance(UnmarshallerContext context) {
            text(context, "RequestId");
            flag(context, "Success");
            return this;
        }
    }

    public static final class QueryContactTemplateResponse extends Answer {
        private static final String[] TEXTS = {
            "CreateTime", "UpdateTime", "UserId", "RegType", "AuditStatus", "CName", "EName", "CCompany", "ECompany",
            "CCountry", "CProvince", "EProvince", "CCity", "ECity", "CVenu", "EVenu", "Email", "TelArea", "PostalCode",
            "TelMain", "TelExt"
        };

        @Override
        public AcsResponse getInstance(UnmarshallerContext context) {
            text(context, "RequestId");
            number(context, "TotalItemNum", "CurrentPageNum", "TotalPageNum", "PageSize");
            flag(context, "PrePage", "NextPage");
            List<Map<String, Object>> templates = new ArrayList<>();
            for (int i = 0; i < context.lengthValue(root() + "ContactTemplates.Length"); i++) {
                String at = root() + "ContactTemplates[" + i + "].";
                Map<String, Object> template = new LinkedHashMap<>();
                template.put("ContactTemplateId", context.longValue(at + "ContactTemplateId"));
                template.put("DefaultTemplate", context.booleanValue(at + "DefaultTemplate"));
                for (String name : TEXTS) {
                    template.put(name, context.stringValue(at + name));
                }
                templates.add(template);
            }
            fields.put("ContactTemplates", templates);
            return this;
        }
    }

    public static final class QueryFailReasonListResponse extends Answer {
        @Override
        public AcsResponse getInstance(UnmarshallerContext context) {
            text(context, "RequestId");
            List<Map<String, Object>> records = new ArrayList<>();
            for (int i = 0; i < context.lengthValue(root() + "Data.Length"); i++) {
                Map<String, Object> record = new LinkedHashMap<>();
                record.put("Date", context.stringValue(root() + "Data[" + i + "].Date"));
                record.put("FailReason", context.stringValue(root() + "Data[" + i + "].FailReason"));
                records.add(record);
            }
            fields.put("Data", records);
            return this;
        }
    }

    private Contacts() {
    }
}
