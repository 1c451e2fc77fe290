package org.minigpt4j.io.web;

import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.function.Callback;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * Apache's asynchronous HTTP client with all automatic behaviour turned off: HTTP/1.1, no
 * redirects, retries, cookies, proxies, caches or decompression, and response heads of limited
 * size.
 */
public final class BareClient {

    private static final int HEAD_LINE = 16 << 10;
    private static final int HEAD_LINES = 200;

    private BareClient() {}

    /** A connection pool that connects only to addresses that {@code names} returns. */
    public static PoolingAsyncClientConnectionManager pool(
            int total, int perHost, Deadlines deadlines, NameCache names) {
        Timeout connect = Timeout.of(deadlines.connect());
        return PoolingAsyncClientConnectionManagerBuilder.create()
                .setDnsResolver(names)
                .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.STRICT)
                .setMaxConnTotal(total)
                .setMaxConnPerRoute(perHost)
                .setDefaultConnectionConfig(
                        ConnectionConfig.custom().setConnectTimeout(connect).build())
                .setDefaultTlsConfig(
                        TlsConfig.custom()
                                .setHandshakeTimeout(connect)
                                .setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1)
                                .build())
                .build();
    }

    /** The client, not yet started; {@code accept} is the value of its Accept header. */
    public static CloseableHttpAsyncClient of(
            PoolingAsyncClientConnectionManager pool,
            Deadlines deadlines,
            String userAgent,
            String accept,
            ThreadFactory threads,
            Callback<Exception> trouble) {
        Timeout connect = Timeout.of(deadlines.connect());
        return HttpAsyncClients.custom()
                .setConnectionManager(pool)
                .setIOReactorConfig(IOReactorConfig.custom().setIoThreadCount(2).build())
                .setThreadFactory(threads)
                .setIoReactorExceptionCallback(trouble)
                .setHttp1Config(
                        Http1Config.custom()
                                .setMaxLineLength(HEAD_LINE)
                                .setMaxHeaderCount(HEAD_LINES)
                                .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom()
                                .setConnectionRequestTimeout(connect)
                                .setProtocolUpgradeEnabled(false)
                                .setConnectionKeepAlive(TimeValue.ofSeconds(15))
                                .build())
                .setUserAgent(userAgent)
                .setDefaultHeaders(
                        List.of(
                                new BasicHeader(HttpHeaders.ACCEPT, accept),
                                new BasicHeader(HttpHeaders.ACCEPT_ENCODING, "identity")))
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableConnectionState()
                .build();
    }
}
