import com.jdcloud.sdk.auth.CredentialsProvider;
import com.jdcloud.sdk.auth.StaticCredentialsProvider;
import com.jdcloud.sdk.client.Environment;
import com.jdcloud.sdk.client.JdcloudClient;
import com.jdcloud.sdk.client.JdcloudExecutor;
import com.jdcloud.sdk.http.HttpRequestConfig;
import com.jdcloud.sdk.http.Protocol;
import com.jdcloud.sdk.service.JdcloudRequest;
import com.jdcloud.sdk.service.JdcloudResponse;
import com.jdcloud.sdk.service.JdcloudResult;
import java.util.Map;

/**
 * The cloudauth operations over JD Cloud's unmodified core. The vendor's own cloudauth artifact, which holds only such
 * declarations, is not published; what is tested here, from signing to decoding, is all in core.
 */
final class Cloudauth extends JdcloudClient {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "personalAuth", new Operation("POST", "/personal", PersonalAuth.class, AuthResponse.class),
            "personalMobile", new Operation("POST", "/detail:mobile3", PersonalMobile.class, AuthResponse.class),
            "personalBankcard3Detail", new Operation("POST", "/detail:bankcard3", Bankcard.class, AuthResponse.class),
            "personalBankcard4Detail", new Operation("POST", "/detail:bankcard4", Bankcard.class, AuthResponse.class),
            "checkCompanyInfo", new Operation("POST", "/company:info", CompanyInfo.class, AuthResponse.class),
            "checkCompanyInfo3", new Operation("POST", "/company:info3", CompanyInfo3.class, AuthResponse.class),
            "checkLegalPerson", new Operation("POST", "/company:legalPerson", LegalPerson.class, AuthResponse.class),
            "checkLegalPersonDetail",
            new Operation("POST", "/company:legalPersonDetail", LegalPerson.class, AuthResponse.class),
            "describeApplyStatus", new Operation("GET", "/manage:applyStatus", Nothing.class, StatusResponse.class),
            "queryCityList", new Operation("GET", "/query:cityList", CityList.class, AuthResponse.class));

    // Requests, field by field as the wire names them. An unset field is not sent.

    static final class PersonalAuth extends JdcloudRequest {
        Spec personalSpec;

        static final class Spec {
            Integer checkType;
            User personalUser;
        }

        static final class User {
            String name;
            String idCard;
            String bankcard;
            String mobile;
            String imgBase64;
        }
    }

    static final class PersonalMobile extends JdcloudRequest {
        Spec personalMobileSpec;

        static final class Spec {
            User personalUser;
        }

        static final class User {
            String name;
            String idCard;
            String mobile;
        }
    }

    static final class Bankcard extends JdcloudRequest {
        Spec personalSpec;

        static final class Spec {
            String name;
            String idCard;
            String bankCard;
            String mobile;
        }
    }

    static final class CompanyInfo extends JdcloudRequest {
        Company companyInfo;
    }

    static final class CompanyInfo3 extends JdcloudRequest {
        Company companyInfo3Spec;
    }

    static final class LegalPerson extends JdcloudRequest {
        Company legalPersonSpec;
    }

    static final class Company {
        Integer companyType;
        String companyName;
        String idCode;
        String legalPersonName;
        String legalPersonId;
    }

    static final class CityList extends JdcloudRequest {
        String provinceCode;
    }

    static final class Nothing extends JdcloudRequest {
    }

    // Answers, flat as the vendor's models are; core's JSON reader fills public fields.

    public static final class AuthResponse extends JdcloudResponse<AuthResult> {
    }

    public static final class AuthResult extends JdcloudResult {
        public Boolean success;
        public Boolean hasException;
        public String code;
        public String message;
        public String detail;
    }

    public static final class StatusResponse extends JdcloudResponse<StatusResult> {
    }

    public static final class StatusResult extends JdcloudResult {
        public String pin;
        public Integer status;
        public String applyTime;
    }

    static final class Operation extends JdcloudExecutor {
        private final String method;
        private final String path;
        final Class<? extends JdcloudRequest> request;
        private final Class<? extends JdcloudResponse<?>> response;

        Operation(String method, String path, Class<? extends JdcloudRequest> request,
                Class<? extends JdcloudResponse<?>> response) {
            this.method = method;
            this.path = path;
            this.request = request;
            this.response = response;
        }

        @Override
        public String method() {
            return method;
        }

        @Override
        public String url() {
            return path;
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Class<? extends JdcloudResponse> returnType() {
            return response;
        }
    }

    private final CredentialsProvider credentials;
    private final HttpRequestConfig http;
    private final Environment environment;

    Cloudauth(String scheme, String endpoint, String accessKey, String secretKey) {
        credentials = new StaticCredentialsProvider(accessKey, secretKey);
        http = new HttpRequestConfig.Builder().protocol(Protocol.valueOf(scheme.toUpperCase())).build();
        environment = new Environment.Builder().endpoint(endpoint).build();
    }

    @Override
    public CredentialsProvider getCredentialsProvider() {
        return credentials;
    }

    @Override
    public HttpRequestConfig getHttpRequestConfig() {
        return http;
    }

    @Override
    public Environment getEnvironment() {
        return environment;
    }

    @Override
    public String getUserAgent() {
        return "JdcloudSdkJava/1.2.9 cloudauth/v1";
    }

    @Override
    public String getServiceName() {
        return "cloudauth";
    }

    @Override
    public String getVersion() {
        return "v1";
    }
}
