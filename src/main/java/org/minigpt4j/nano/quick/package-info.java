/** What the quickstart makes besides its two runs: data, parts, results and their page. */
package org.minigpt4j.nano.quick;
