package org.minigpt4j.data.shard;

/**
 * A regular file inside a tar.
 *
 * @param name its whole path
 * @param offset where its bytes start
 * @param length how many there are
 */
public record TarMember(String name, long offset, long length) {}
