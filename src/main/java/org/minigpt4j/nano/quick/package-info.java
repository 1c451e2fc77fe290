/** What the quickstart makes in addition to its two runs: data, parts, results and their page. */
package org.minigpt4j.nano.quick;
