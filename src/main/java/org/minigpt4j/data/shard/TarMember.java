package org.minigpt4j.data.shard;

/**
 * A regular file inside a tar.
 *
 * @param name its full path
 * @param offset offset of its first byte in the tar
 * @param length its length in bytes
 */
public record TarMember(String name, long offset, long length) {}
