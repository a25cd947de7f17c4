package io.github.taskdispatcher.gateway.test;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands for the store in a unit test of one class: gives the answers that the test names, and counts the calls. The store itself is
 * tested on a real Redis only.
 */
public final class FakeCalls<T> {

    private record Call(String method, List<Object> arguments) {}

    /** The answer of a method that returns nothing. */
    public static final Object NOTHING = new Object();

    private final T proxy;
    private final Map<String, Object> answers = new ConcurrentHashMap<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    public FakeCalls(Class<T> type) {
        proxy = type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            String name = method.getName();
            if (method.getDeclaringClass() == Object.class) {
                return name.equals("toString") ? type.getSimpleName() : name.equals("hashCode") ? 1 : self == args[0];
            }
            calls.add(new Call(name, args == null ? List.of() : new ArrayList<>(java.util.Arrays.asList(args))));
            Object answer = answers.get(name);
            if (answer == null) {
                throw new AssertionError("the test names no answer to " + name);
            }
            if (answer instanceof RuntimeException failure) {
                throw failure;
            }
            return answer == NOTHING ? null : answer;
        }));
    }

    public T proxy() {
        return proxy;
    }

    /** From now on this is what the method of this name returns; an exception is thrown. */
    public FakeCalls<T> answer(String method, Object answer) {
        answers.put(method, answer);
        return this;
    }

    /** How often the method of this name was called. */
    public int made(String method) {
        return (int) calls.stream().filter(call -> call.method().equals(method)).count();
    }

    /** The arguments of the last call of the method of this name. */
    public List<Object> last(String method) {
        return calls.stream()
                .filter(call -> call.method().equals(method))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new AssertionError(method + " was not called"))
                .arguments();
    }
}
