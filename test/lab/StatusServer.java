import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Answers the status request of Minecraft: Java Edition, written from the protocol's description; nothing else. */
public class StatusServer {
  public static void main(String[] args) throws Exception {
    String json =
        "{\"version\":{\"name\":\"Paper 1.21.4\",\"protocol\":769},"
            + "\"players\":{\"max\":20,\"online\":3},"
            + "\"description\":{\"text\":\"\\u00a76Lab\",\"extra\":[\" world\"]}}";
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    byte[] answer = new byte[text.length + 5];
    putVarint(answer, 0, text.length + 3);
    answer[2] = 0;
    putVarint(answer, 3, text.length);
    System.arraycopy(text, 0, answer, 5, text.length);
    try (ServerSocket server = new ServerSocket(Integer.parseInt(args[0]))) {
      while (true) {
        try (Socket socket = server.accept()) {
          byte[] question = new byte[64];
          int read = socket.getInputStream().read(question);
          // Handshake with next state 1, then the request.
          if (read > 3 && question[1] == 0 && question[read - 3] == 1) {
            socket.getOutputStream().write(answer);
          }
        }
      }
    }
  }

  /** Two bytes, which hold up to 16383. */
  private static void putVarint(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value & 0x7f | 0x80);
    bytes[at + 1] = (byte) (value >> 7);
  }
}
