// java.net.http: one POST request. Arguments: URL, credential, body, and how the body and the headers are given.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

public class CallHttpClient {
    public static void main(String[] arguments) throws Exception {
        var body = BodyPublishers.ofString(arguments[2]);
        var request = HttpRequest.newBuilder(URI.create(arguments[0]))
                .header("Authorization", "Bearer " + arguments[1])
                .header("Content-Type", "application/json");
        switch (arguments[3]) {
            case "plain" -> request.POST(body);
            // Spring's RestClient writes the body to a stream of unknown length.
            case "spring-ai" -> request.POST(BodyPublishers.fromPublisher(body));
            case "langchain4j" -> request.POST(body).header("User-Agent", "langchain4j-openai");
            default -> throw new IllegalArgumentException(arguments[3]);
        }
        var response = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
        System.out.println(response.statusCode());
    }
}
