// What OpenAI's official Node client makes of `launch/serve`.
//
//     npm install openai
//     node docs/peers/openai_client.cjs http://127.0.0.1:8000/v1 minigpt4j picture.jpg [CLIENTS]
//
// Prints one line for each thing it tried and OK at the end. With CLIENTS it asks so many times at
// once; the client's own retries must bring all of them to an answer.

const assert = require('assert');
const fs = require('fs');
const OpenAI = require('openai');

async function main(base, model, picture, clients) {
  const client = new OpenAI({baseURL: base, apiKey: 'none', timeout: 100000});
  const url = 'data:image/jpeg;base64,' + fs.readFileSync(picture).toString('base64');
  const more = {
    model, temperature: 0, max_tokens: 8,
    messages: [{role: 'user', content: [
      {type: 'image_url', image_url: {url}}, {type: 'text', text: 'what is it?'}]}]};

  const models = await client.models.list();
  assert(models.data.some(entry => entry.id === model));
  console.log('models');
  const whole = await client.chat.completions.create(more);
  assert.equal(whole.choices[0].message.role, 'assistant');
  assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);
  console.log('whole:', whole.choices[0].message.content);

  const runner = client.chat.completions.stream({...more, stream_options: {include_usage: true}});
  const streamed = await runner.finalChatCompletion();
  assert.equal(streamed.choices[0].message.content, whole.choices[0].message.content);
  assert.deepEqual(streamed.usage, whole.usage);
  console.log('streamed, with usage');

  const told = await client.chat.completions.create({...more, logprobs: true, top_logprobs: 2});
  assert.equal(told.choices[0].logprobs.content[0].top_logprobs.length, 2);
  console.log('logprobs');
  const draw = {...more, temperature: 1, seed: 3, n: 3};
  const texts = async () => (await client.chat.completions.create(draw)).choices.map(c => c.message.content);
  assert.deepEqual(await texts(), await texts());
  console.log('n and seed');
  for (const [wrong, expected] of [[{temperature: 9}, OpenAI.BadRequestError], [{model: 'x'}, OpenAI.NotFoundError]]) {
    await assert.rejects(client.chat.completions.create({...more, ...wrong}),
      e => e instanceof expected && typeof e.code === 'string');
  }
  console.log('errors');
  const answers = await Promise.all(Array.from({length: clients}, () => client.chat.completions.create(more)));
  assert(answers.every(answer => answer.choices.length === 1));
  console.log('OK', answers.length, 'at once');
}

main(...process.argv.slice(2, 5), Number(process.argv[5] || 0)).catch(e => {
  console.error(e);
  process.exit(1);
});
