package org.minigpt4j.chat.export;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import org.minigpt4j.chat.ChatTemplate;

/**
 * Converts a {@link ChatTemplate} to a {@code chat_template.jinja}. The result formats
 * conversations as {@link org.minigpt4j.chat.Conversation} does: each picture starts a message, the
 * question after the last picture belongs to its message, and the prompt always ends with the
 * request for an answer.
 */
final class JinjaTemplate {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private JinjaTemplate() {}

    /** The text of the file; {@code image} is the text for a picture. */
    static String of(ChatTemplate template, String image) {
        String picture = "<Img>" + image + "</Img>";
        return """
        {%- set system = namespace(text=SYSTEM) -%}
        {%- for message in messages if message.role == 'system' -%}
        {%- set system.text = message.content if message.content is string else message.content[0].text -%}
        {%- endfor -%}
        {{- OPENING + system.text + CLOSING -}}
        {%- for message in messages if message.role != 'system' -%}
        {%- set user = message.role == 'user' -%}
        {%- set open = HUMAN_BEFORE if user else ASSISTANT_BEFORE -%}
        {%- set close = HUMAN_AFTER if user else ASSISTANT_AFTER -%}
        {%- set state = namespace(pictures=0, text='') -%}
        {%- if message.content is string -%}
        {%- set state.text = message.content -%}
        {%- else -%}
        {%- for part in message.content -%}
        {%- if part.type == 'text' -%}
        {%- set state.text = state.text + part.text -%}
        {%- else -%}
        {%- if state.pictures > 0 -%}{{- close -}}{%- endif -%}
        {{- open + PICTURE -}}
        {%- set state.pictures = state.pictures + 1 -%}
        {%- endif -%}
        {%- endfor -%}
        {%- endif -%}
        {%- if state.text -%}
        {{- (' ' if state.pictures else open) + state.text -}}
        {%- endif -%}
        {{- close -}}
        {%- endfor -%}
        {{- WAITING -}}
        """
                .replace("SYSTEM", literal(template.system()))
                .replace("OPENING", literal(template.opening()))
                .replace("CLOSING", literal(template.closing()))
                .replace("HUMAN_BEFORE", literal(template.human().before()))
                .replace("HUMAN_AFTER", literal(template.human().after()))
                .replace("ASSISTANT_BEFORE", literal(template.assistant().before()))
                .replace("ASSISTANT_AFTER", literal(template.assistant().after()))
                .replace("WAITING", literal(template.assistant().waiting()))
                .replace("PICTURE", literal(picture))
                .strip();
    }

    private static String literal(String text) {
        return GSON.toJson(text);
    }
}
