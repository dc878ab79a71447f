import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.json.JSONObject;

/** socket.io-client over one transport. Prints a line for each step, see `scripts/clients.ts`. */
public class SocketIoClient {
  static final long WAIT_SECONDS = 60;
  static final String ROOM = System.getenv("PARLEY_ROOM");

  final Socket socket;
  final BlockingQueue<String> connections = new LinkedBlockingQueue<>();
  final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  final BlockingQueue<String> errors = new LinkedBlockingQueue<>();

  SocketIoClient(String token, String transport, boolean reconnects) throws Exception {
    IO.Options options = new IO.Options();
    options.transports = new String[] {transport};
    options.auth = Map.of("token", token);
    options.forceNew = true;
    options.reconnection = reconnects;
    options.reconnectionDelay = 200;
    options.reconnectionDelayMax = 1000;
    socket = IO.socket(URI.create(System.getenv("PARLEY_URL")), options);
    socket.on(Socket.EVENT_CONNECT, values -> connections.add("connected"));
    socket.on("message:new", values -> texts.add(((JSONObject) values[0]).optString("content")));
    socket.on(Socket.EVENT_CONNECT_ERROR, values -> errors.add(String.valueOf(values[0])));
    socket.connect();
  }

  static void say(String line) {
    System.out.println(line);
  }

  JSONObject ask(String name, JSONObject payload) throws Exception {
    BlockingQueue<JSONObject> answers = new LinkedBlockingQueue<>();
    socket.emit(name, new Object[] {payload}, (Ack) values -> answers.add((JSONObject) values[0]));
    JSONObject answer = answers.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    return answer == null ? new JSONObject() : answer;
  }

  boolean waitFor(BlockingQueue<String> queue, String wanted) throws Exception {
    for (String each; (each = queue.poll(WAIT_SECONDS, TimeUnit.SECONDS)) != null; ) {
      if (each.equals(wanted)) return true;
    }
    return false;
  }

  void converse(String text) throws Exception {
    JSONObject joined = ask("room:join", new JSONObject().put("roomId", ROOM));
    say(joined.optBoolean("ok") ? "joined" : joined.toString());
    JSONObject sent =
        ask("message:send", new JSONObject().put("roomId", ROOM).put("content", text));
    say(sent.optBoolean("ok") ? "sent" : sent.toString());
    say(waitFor(texts, text) ? "received" : "nothing received");
    JSONObject page =
        ask("message:history", new JSONObject().put("roomId", ROOM).put("limit", 200));
    say(page.optJSONArray("messages") != null ? "history" : page.toString());
  }

  public static void main(String[] arguments) throws Exception {
    String transport = arguments[0];
    SocketIoClient client = new SocketIoClient(System.getenv("PARLEY_TOKEN"), transport, true);
    if (!client.waitFor(client.connections, "connected")) say("not connected");
    client.converse("java " + transport);
    say("restart");
    say(client.waitFor(client.connections, "connected") ? "back" : "not back");
    client.converse("java again " + transport);
    client.socket.disconnect();

    SocketIoClient stranger = new SocketIoClient("wrong", transport, false);
    String error = stranger.errors.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    say(error != null && error.contains("UNAUTHENTICATED") ? "refused" : "not refused: " + error);
    stranger.socket.disconnect();
    System.exit(0);
  }
}
