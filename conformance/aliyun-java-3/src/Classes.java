import com.aliyuncs.AcsResponse;
import com.aliyuncs.RpcAcsRequest;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The request and response classes of the domain package, by their names: filled by their setters, read by their getters. */
final class Classes {
    private static final String MODEL = "com.aliyuncs.domain.model.v20180129.";

    @SuppressWarnings("unchecked")
    static RpcAcsRequest<AcsResponse> request(String action, JsonObject arguments) throws ReflectiveOperationException {
        Class<?> type = Class.forName(MODEL + action + "Request");
        RpcAcsRequest<AcsResponse> request = (RpcAcsRequest<AcsResponse>) type.getDeclaredConstructor().newInstance();
        for (Map.Entry<String, JsonElement> argument : arguments.entrySet()) {
            Method setter = setter(request.getClass(), "set" + argument.getKey());
            if (setter == null) {
                // A parameter that is younger than the class: its callers add it by name.
                request.putQueryParameter(argument.getKey(), argument.getValue().getAsString());
            } else {
                setter.invoke(request, typed(argument.getValue(), setter.getParameterTypes()[0]));
            }
        }
        return request;
    }

    private static Method setter(Class<?> type, String name) {
        for (Method method : type.getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == 1) {
                return method;
            }
        }
        return null;
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

    /** What the getters of a response and of the objects in it give, under the names after "get". */
    static Object read(Object value) throws ReflectiveOperationException {
        if (value instanceof List) {
            List<Object> read = new ArrayList<>();
            for (Object element : (List<?>) value) {
                read.add(read(element));
            }
            return read;
        }
        if (value == null || !value.getClass().getName().startsWith(MODEL)) {
            return value;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Method method : value.getClass().getDeclaredMethods()) {
            if (method.getName().startsWith("get") && method.getParameterCount() == 0) {
                fields.put(method.getName().substring(3), read(method.invoke(value)));
            }
        }
        return fields;
    }

    private Classes() {
    }
}
