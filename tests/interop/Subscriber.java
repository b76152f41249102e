import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.json.simple.JSONObject;
import org.json.simple.parser.JSONParser;
import org.zeromq.ZMQ;

/**
 * A bot in Java, reduced to what it receives: one line of JSON an event on standard output. The peer is an old one
 * (JeroMQ 0.3), which reads two frames in a row; the outer layer is undone by hand, as bots written for the starter kit
 * do: the first and the last character are cut, a doubled backslash becomes one, every other backslash goes.
 *
 * <p>Called by run.py as {@code java Subscriber.java ENDPOINT starterkit|json}; ends on {@code zmq-stop}.
 */
@SuppressWarnings({"unchecked", "deprecation"}) // json-simple is older than generics
public final class Subscriber {
    public static void main(String[] arguments) throws Exception {
        boolean starterKit = arguments[1].equals("starterkit");
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        ZMQ.Context context = ZMQ.context(1);
        ZMQ.Socket socket = context.socket(ZMQ.SUB);
        socket.subscribe(new byte[0]);
        socket.connect(arguments[0]);

        String event;
        do {
            event = new String(socket.recv(), StandardCharsets.US_ASCII);
            String content = new String(socket.recv(), StandardCharsets.UTF_8);
            if (socket.hasReceiveMore()) {
                throw new IllegalStateException("more than two frames");
            }
            String text = starterKit ? undo(content) : content;
            JSONObject line = new JSONObject();
            line.put("event", event);
            line.put("text", text);
            line.put("data", new JSONParser().parse(text));
            out.println(line.toJSONString());
        } while (!event.equals("zmq-stop"));
        socket.close();
        context.term();
    }

    private static String undo(String content) {
        String inner = content.substring(1, content.length() - 1);
        StringBuilder text = new StringBuilder(inner.length());
        for (int i = 0; i < inner.length(); i++) {
            char c = inner.charAt(i);
            if (c != '\\') {
                text.append(c);
            } else if (i + 1 < inner.length() && inner.charAt(i + 1) == '\\') {
                text.append('\\');
                i++;
            }
        }
        return text.toString();
    }
}
