// check_answers.mjs FOLDER PUBLIC.json [INTERNAL.json]: holds the exchanges that tests recorded in FOLDER
// (see tests/support/recorder.hpp) against the contract, both ways: what was answered is documented, and
// what is documented was answered.
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [folder, ...documents] = process.argv.slice(2);

// What no test has to reach for each operation, and why.
const unseen = {
  internal: 'no request is known to cause it',
  unavailable: 'a full pool or an absent database refuses any operation alike',
};

const ajv = new Ajv({strict: false, allErrors: true, coerceTypes: false, logger: false});
addFormats(ajv);
const coercing = new Ajv({strict: false, coerceTypes: true, logger: false});  // headers and parameters are text
addFormats(coercing);

const resolve = (document, thing) =>
  thing?.$ref ? resolve(document, thing.$ref.slice(2).split('/').reduce((at, key) =>
    at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document)) : thing;

// Answers may gain fields for clients; for the services that we have, they may not have more than we say.
const close = (schema) => {
  if (Array.isArray(schema)) return schema.map(close);
  if (!schema || typeof schema !== 'object') return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
  if (schema.type === 'object' && schema.properties) closed.unevaluatedProperties = false;
  return closed;
};

// The problems that any request may meet, from the table in the description.
const general = new Map();

const operations = documents.flatMap((file, index) => {
  const document = JSON.parse(readFileSync(file, 'utf8'));
  for (const [, status, name] of document.info.description.matchAll(/^\| (\d{3}) \| `\/problems\/([a-z-]+)`/gm)) {
    general.set(`${status} ${name}`, true);
  }
  const base = `document${index}`;
  ajv.addSchema({$id: base, components: close(document.components)});
  coercing.addSchema({$id: base, components: document.components});
  const validator = (by, schema) => {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', `"${base}#/components/`));
    return by.compile(by === ajv ? close(absolute) : absolute);
  };

  return Object.entries(document.paths).flatMap(([template, item]) =>
    ['get', 'post', 'put', 'patch', 'delete'].filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
        .map((parameter) => resolve(document, parameter))
        .map((parameter) => ({...parameter, valid: validator(coercing, {
          type: 'object', properties: {value: parameter.schema}})}));
      const requestSchema = operation.requestBody?.content['application/json']?.schema;
      const responses = Object.entries(operation.responses).map(([status, reference]) => {
        const response = resolve(document, reference);
        const [type, media] = Object.entries(response.content ?? {})[0] ?? [];
        return [Number(status), {
          type,
          valid: /[/+]json$/.test(type) && validator(ajv, media.schema),
          problems: type === 'application/problem+json'
            ? Object.values(media.examples).map((example) => resolve(document, example).value.type.split('/').pop()) : [],
          headers: Object.entries(response.headers ?? {}).map(([name, header]) => [name, resolve(document, header)])
            .map(([name, header]) => ({name, required: header.required,
              valid: validator(coercing, {type: 'object', properties: {value: header.schema}})})),
        }];
      });
      return {
        id: operation.operationId, method: method.toUpperCase(), template, parameters, public: index === 0,
        pattern: new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
        problemValid: validator(ajv, {$ref: '#/components/schemas/Problem'}),
        bodyRequired: operation.requestBody?.required,
        requestValid: requestSchema && validator(ajv, requestSchema),
        responses: new Map(responses), seen: new Set(),
      };
    }));
}).sort((a, b) => (a.template.match(/\{/g)?.length ?? 0) - (b.template.match(/\{/g)?.length ?? 0));

const errorsOf = (valid) => valid.errors.map((error) =>
  `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`).join('; ');
const json = (text) => { try { return JSON.parse(text); } catch { return undefined; } };

// What is wrong with one exchange, as sentences.
function* faultsOf(exchange, operation, match) {
  const {status, responseHeaders: headers, responseBody: body} = exchange;
  const problem = headers['content-type'] === 'application/problem+json' ? json(body)?.type?.split('/').pop() : undefined;
  for (const [name, wanted] of [['cache-control', /no-store/], ['x-content-type-options', /nosniff/], ['x-request-id', /./]]) {
    if (!wanted.test(headers[name] ?? '')) yield `its answer has no ${name} of ${wanted}`;
  }
  const response = operation.responses.get(status);
  if (general.has(`${status} ${problem}`) && !response?.problems.includes(problem)) {
    if (!operation.problemValid(json(body))) yield `problem: ${errorsOf(operation.problemValid)}`;
    return;
  }
  if (!response) return yield `${status} is not documented`;

  for (const header of response.headers) {
    const value = headers[header.name.toLowerCase()];
    if (value === undefined ? header.required : !header.valid({value})) yield `header ${header.name} is ${value}`;
  }
  if ((response.type ?? '') !== (headers['content-type'] ?? '').split(';')[0]) {
    yield `its type is ${headers['content-type']} instead of ${response.type}`;
  } else if (response.valid) {
    const answer = json(body);
    if (answer === undefined) yield 'its answer is no JSON';
    else if (!response.valid(answer)) yield `answer: ${errorsOf(response.valid)}`;
  } else if (!response.type && body) yield 'its answer has a body';
  if (response.problems.length && !response.problems.includes(problem)) yield `problem ${problem} is not documented with ${status}`;

  if (status < 300 && status !== 202) {  // 202 does not tell whether there was anything to take
    const query = [...new URLSearchParams(exchange.query)];
    for (const [name] of query) {
      if (!operation.parameters.some((parameter) => parameter.in === 'query' && parameter.name === name)) {
        yield `was taken with the undocumented parameter ${name}`;
      }
    }
    for (const parameter of operation.parameters) {
      const value = {path: match.groups?.[parameter.name], header: exchange.requestHeaders[parameter.name.toLowerCase()],
        query: new Map(query).get(parameter.name)}[parameter.in];
      if (value === undefined ? parameter.required : !parameter.valid({value})) {
        yield `was taken with ${parameter.name} ${value}`;
      }
    }
    if (operation.requestValid && (exchange.requestBody || operation.bodyRequired)) {
      if (!operation.requestValid(json(exchange.requestBody))) yield `was taken with a body: ${errorsOf(operation.requestValid)}`;
    }
  }
  operation.seen.add(`${status} ${problem ?? ''}`.trim());
}

let count = 0;
const faults = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
  for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
    const exchange = json(line);  // the last line of a process that was ended may be cut
    if (!exchange) continue;
    let match;
    const operation = operations.find((each) => each.method === exchange.method && (match = each.pattern.exec(exchange.path)));
    if (!operation) continue;  // tests of libs/web have routes of their own; the route tables have a test too
    ++count;
    for (const fault of faultsOf(exchange, operation, match)) {
      const key = `${operation.id} ${exchange.status}: ${fault}`;
      faults.set(key, (faults.get(key) ?? 0) + 1);
    }
  }
}
for (const [fault, times] of [...faults].sort()) console.log(`${fault} (${times} times)`);

const missing = operations.filter((operation) => operation.public).flatMap((operation) =>
  [...operation.responses].flatMap(([status, {problems}]) =>
    (problems.length ? problems : ['']).map((problem) => `${status} ${problem}`.trim())
      .filter((answer) => !operation.seen.has(answer) && !(answer.split(' ')[1] in unseen))
      .map((answer) => `${operation.id}: no test saw ${answer}`)));
for (const sentence of missing) console.log(sentence);

console.log(`${count} answers of ${operations.length} operations: ${faults.size} faults, ${missing.length} never seen.`);
process.exit(faults.size || missing.length || !count ? 1 : 0);
