package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.FailedException;
import org.minigpt4j.Goldens;
import org.minigpt4j.SmallDisk;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A BLIP-2 in Hugging Face's layout, here and at an address. */
class Blip2ImportTest {

    private static final String TOKEN = "hf_secret";

    @TempDir Path temp;
    private Path folder;
    private Path out;

    /** The hub, which sends those who want a file to another host. */
    private HttpServer hub;

    private HttpServer store;
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final List<String> tokensOfStore = new CopyOnWriteArrayList<>();
    private final AtomicLong sent = new AtomicLong();
    private volatile int breakAfter = Integer.MAX_VALUE;
    private volatile String version = "one";
    private volatile boolean ranges = true;

    @BeforeEach
    void start() throws IOException {
        folder = temp.resolve("blip2");
        out = temp.resolve("out");
        HfBlip2Folder.write(folder);
        store = server();
        store.createContext("/", this::file);
        hub = server();
        hub.createContext("/", this::redirect);
        store.start();
        hub.start();
    }

    private static HttpServer server() throws IOException {
        return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @AfterEach
    void stop() {
        hub.stop(0);
        store.stop(0);
    }

    private void redirect(HttpExchange exchange) throws IOException {
        String said = exchange.getRequestHeaders().getFirst("Authorization");
        authorizations.add(String.valueOf(said));
        String path = exchange.getRequestURI().getPath();
        exchange.getResponseHeaders().set("Location", at(store) + path);
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void file(HttpExchange exchange) throws IOException {
        tokensOfStore.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        byte[] bytes =
                Files.readAllBytes(folder.resolve(exchange.getRequestURI().getPath().substring(1)));
        String range = exchange.getRequestHeaders().getFirst("Range");
        exchange.getResponseHeaders().set("ETag", version);
        int status = 200;
        if (range != null && ranges) {
            if (breakAfter-- <= 0) {
                exchange.sendResponseHeaders(404, -1);
                exchange.close();
                return;
            }
            String[] ends = range.substring("bytes=".length()).split("-");
            int begin = Integer.parseInt(ends[0]);
            int end = Math.min(bytes.length - 1, Integer.parseInt(ends[1]));
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + begin + "-" + end + "/" + bytes.length);
            bytes = Arrays.copyOfRange(bytes, begin, end + 1);
            status = 206;
        }
        sent.addAndGet(bytes.length);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String at(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private List<Blip2Import.Written> fetch(Set<String> allowed) throws InterruptedException {
        String index = at(hub) + "/model.safetensors.index.json";
        return new Blip2Import(index, out, Optional.of(TOKEN), allowed).run((done, total) -> {});
    }

    private List<Blip2Import.Written> fetch() throws InterruptedException {
        return fetch(Set.of("127.0.0.1"));
    }

    private void assertGolden() {
        assertSame("weights/eva_vit_g.safetensors", Blip2Import.VIT, ".*");
        String gone =
                ".*(embeddings\\.(word|position)|position_ids|\\.(intermediate|output)\\.|cls\\.|t5_proj).*";
        String kept = "(?!" + gone + ").*|.*attention\\.output\\..*";
        assertSame("weights/blip2_pretrained_flant5xxl.safetensors", Blip2Import.QFORMER, kept);
    }

    /** Every tensor of ours with the bytes of upstream's file. */
    private void assertSame(String golden, String name, String kept) {
        try (TensorSource expected = TensorSource.open(Goldens.path(golden));
                TensorSource actual = TensorSource.open(out.resolve(name))) {
            assertTrue(actual.tensors().size() > 20, name);
            for (TensorInfo info : actual.tensors().values()) {
                assertEquals(expected.tensors().get(info.key()), info);
                assertEquals(expected.read(info.key()), actual.read(info.key()), info.key());
            }
            for (String key : expected.tensors().keySet()) {
                boolean used = actual.tensors().containsKey(key);
                assertEquals(used, used || key.matches(kept) && !isExtra(key), key);
            }
        }
    }

    /** Upstream's ViT file has a block and a head that no model uses. */
    private static boolean isExtra(String key) {
        return key.matches("(norm|fc_norm|head)\\..*|.*mask.*");
    }

    @Test
    void aFolderGivesTheTensorsOfUpstreamsFiles() throws InterruptedException {
        new Blip2Import(folder.toString(), out, Optional.empty(), Set.of()).run((d, t) -> {});
        assertGolden();
    }

    @Test
    void theShardOfTheLanguageModelNeedNotBeThere() throws Exception {
        Files.delete(folder.resolve("model-00003-of-00003.safetensors"));
        new Blip2Import(folder.toString(), out, Optional.empty(), Set.of()).run((d, t) -> {});
        assertGolden();
    }

    @Test
    void anAddressGivesTheSameAndTheTokenStaysWithItsHost() throws Exception {
        fetch();
        assertGolden();
        assertFalse(Files.exists(out.resolve(".import")), "what was fetched is left over");
        assertTrue(authorizations.contains("Bearer " + TOKEN), authorizations.toString());
        assertEquals(Set.of("null"), Set.copyOf(tokensOfStore), "the token went to another host");
    }

    @Test
    void begunAgainItFetchesOnlyWhatIsMissing() throws Exception {
        breakAfter = 5; // two heads of two requests, and one piece
        assertThrows(FailedException.class, this::fetch);
        long before = sent.get();
        assertTrue(Files.exists(out.resolve(".import")), "nothing was kept");
        breakAfter = Integer.MAX_VALUE;
        fetch();
        assertGolden();
        long second = sent.get() - before;
        out = temp.resolve("other");
        fetch();
        long whole = sent.get() - before - second;
        assertTrue(second < whole, "%d bytes of %d were fetched again".formatted(second, whole));
    }

    @Test
    void whatWasDamagedOrIsOfAnotherVersionIsFetchedAgain() throws Exception {
        for (boolean damage : new boolean[] {true, false}) {
            out = temp.resolve("out" + damage);
            breakAfter = 5;
            assertThrows(FailedException.class, this::fetch);
            breakAfter = Integer.MAX_VALUE;
            Path part = out.resolve(".import/model-00001-of-00003.safetensors.part");
            byte[] bytes = Files.readAllBytes(part);
            bytes[bytes.length - 1] ^= 1;
            Files.write(part, bytes);
            if (!damage) {
                version = "two";
            }
            fetch();
            assertGolden();
        }
    }

    @Test
    void addressesOfOnesOwnNetworkAreNotAskedUnlessAllowed() {
        String message = assertThrows(FailedException.class, () -> fetch(Set.of())).getMessage();
        assertTrue(message.contains("no public address"), message);
        assertEquals(0, sent.get());
        // The redirect's target passes the same rule.
        String hubOnly = "127.0.0.1:" + hub.getAddress().getPort();
        assertThrows(FailedException.class, () -> fetch(Set.of(hubOnly)));
        assertEquals(0, sent.get());
    }

    @Test
    void aHostWithoutRangesIsTold() {
        ranges = false;
        String message = assertThrows(FailedException.class, this::fetch).getMessage();
        assertTrue(message.contains("more than 8 bytes") || message.contains("parts"), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "qformer.embeddings.word_embeddings.weight | 4 | InstructBLIP",
                "language_model.model.decoder.embed_tokens.weight | 4 | OPT",
                "language_projection.weight | 2048 | flan-t5-xl",
                "embeddings.word_embeddings.weight | 4 | retrieval",
            })
    void anotherQFormerIsRefusedWithTheReason(String key, long rows, String whose)
            throws IOException {
        HfBlip2Folder.write(folder, new TensorInfo(key, DType.F32, new long[] {rows, 36}));
        for (String from : List.of(folder.toString(), at(hub) + "/model.safetensors.index.json")) {
            var command = new Blip2Import(from, out, Optional.empty(), Set.of("127.0.0.1"));
            String message =
                    assertThrows(UsageException.class, () -> command.run((d, t) -> {}))
                            .getMessage();
            assertTrue(message.contains(whose), message);
            assertFalse(Files.exists(out.resolve(Blip2Import.VIT)));
        }
    }

    @Test
    void piecesThatFindNoRoomNameTheFileAndAreFetchedOnceThereIsSome() throws Exception {
        SmallDisk disk = null;
        try {
            disk = SmallDisk.mount(folder.resolveSibling("disk"), 8192);
        } catch (UnsupportedOperationException e) {
            abort(e.getMessage());
        }
        try (SmallDisk full = disk) {
            String index = at(hub) + "/model.safetensors.index.json";
            Path made = full.here("out");
            var command = new Blip2Import(index, made, Optional.of(TOKEN), Set.of("127.0.0.1"));
            full.fill(8_192); // for the index, not for the tensors
            FailedException told =
                    assertThrows(FailedException.class, () -> command.run((d, t) -> {}));
            String message = told.getMessage();
            assertTrue(message.startsWith("could not write " + made.resolve(".import")), message);
            assertTrue(message.endsWith("run the same command again"), message);
            assertFalse(Files.exists(made.resolve(Blip2Import.VIT)));
            full.free();
            command.run((d, t) -> {});
            assertTrue(Files.exists(made.resolve(Blip2Import.VIT)));
        }
    }

    @Test
    void aBiasOfTheKeysIsAnotherModel() throws Exception {
        Path shard = folder.resolve("model-00001-of-00003.safetensors");
        TensorInfo bias;
        try (TensorSource source = TensorSource.open(shard)) {
            bias =
                    source.tensors().values().stream()
                            .filter(info -> info.key().endsWith("qkv.bias"))
                            .findFirst()
                            .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(shard);
        String json = new String(bytes, 8, 1 << 14, java.nio.charset.StandardCharsets.ISO_8859_1);
        String after = json.substring(json.indexOf(bias.key()));
        int begin = Integer.parseInt(after.replaceAll("(?s).*?data_offsets\":\\[(\\d+).*", "$1"));
        long header =
                java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong();
        bytes[(int) (8 + header + begin + bias.byteLength() / 2)] = 1;
        Files.write(shard, bytes);
        String message =
                assertThrows(
                                UsageException.class,
                                () ->
                                        new Blip2Import(
                                                        folder.toString(),
                                                        out,
                                                        Optional.empty(),
                                                        Set.of())
                                                .run((d, t) -> {}))
                        .getMessage();
        assertTrue(message.contains("keys a bias"), message);
    }
}
