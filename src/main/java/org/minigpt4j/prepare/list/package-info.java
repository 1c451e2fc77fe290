/** Lists of pairs in the formats that people have them: parquet, CSV, JSON, tars, folders. */
package org.minigpt4j.prepare.list;
