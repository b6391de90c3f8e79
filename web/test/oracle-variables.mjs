// The reference for the variables of operations: graphql-js reads them. It takes one JSON value per line and answers each
// with one: first {sdl}, then {query, variables}, of which it says whether the operation is valid, whether anything of it
// is refused, and else what the variables are. Variables are a text, as a client sends them.
import { createInterface } from 'node:readline';
import { buildSchema, executeSync, getVariableValues, parse, validate } from 'graphql';

let schema;

function read({ query, variables }) {
  const document = parse(query);
  if (validate(schema, document).length > 0) return { invalid: true };

  const given = JSON.parse(variables);
  const { errors } = executeSync({ schema, document, variableValues: given });
  if (errors) return { refused: true };
  return { values: getVariableValues(schema, document.definitions[0].variableDefinitions, given).coerced };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.sdl) schema = buildSchema(request.sdl);
  else console.log(JSON.stringify(read(request)));
}
