package org.minigpt4j.prepare.list;

import java.io.Serializable;

/** A file of a list: its URI and its bytes. */
record ListFile(String address, long length) implements Serializable {}
