"""What OpenAI's official Python client makes of `launch/serve`.

    pip install openai
    python docs/peers/openai_client.py http://127.0.0.1:8000/v1 minigpt4j picture.jpg [CLIENTS]

Prints one line for each thing it tried and OK at the end. With CLIENTS it asks so many times at once;
the client's own retries must bring all of them to an answer.
"""

import base64
import sys
from concurrent.futures import ThreadPoolExecutor

import openai


def main(base, model, picture, clients):
    client = openai.OpenAI(base_url=base, api_key="none", timeout=100)
    with open(picture, "rb") as file:
        url = "data:image/jpeg;base64," + base64.b64encode(file.read()).decode()
    messages = [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "what is it?"}]}]
    more = dict(model=model, messages=messages, temperature=0, max_tokens=8)

    assert model in [entry.id for entry in client.models.list()]
    print("models")
    whole = client.chat.completions.create(**more)
    assert whole.choices[0].message.role == "assistant"
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    print("whole:", whole.choices[0].message.content)

    text, usage = "", None
    for chunk in client.chat.completions.create(**more, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
    assert text == whole.choices[0].message.content and usage == whole.usage
    print("streamed, with usage")

    told = client.chat.completions.create(**more, logprobs=True, top_logprobs=2)
    assert len(told.choices[0].logprobs.content[0].top_logprobs) == 2
    print("logprobs")
    several = client.chat.completions.create(**more | dict(temperature=1, seed=3, n=3))
    again = client.chat.completions.create(**more | dict(temperature=1, seed=3, n=3))
    assert [c.message.content for c in several.choices] == [c.message.content for c in again.choices]
    print("n and seed")
    for wrong, expected in [(dict(temperature=9), openai.BadRequestError), (dict(model="x"), openai.NotFoundError)]:
        try:
            client.chat.completions.create(**more | wrong)
            raise AssertionError(f"{wrong} was taken")
        except expected as e:
            assert isinstance(e.code, str) and e.body["message"]
    print("errors")
    with ThreadPoolExecutor(max(clients, 1)) as pool:
        answers = list(pool.map(lambda i: client.chat.completions.create(**more), range(clients)))
    assert all(answer.choices for answer in answers)
    print("OK", len(answers), "at once")


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]) if len(sys.argv) > 4 else 0)
