// The reference of apitest/differential: graphql-js executes the written contract over a dump of the tables, with
// resolvers that only filter, sort and slice. It reads one JSON value per line and answers each with one: first the
// dump, then operations {query, variables, languages, viewer}.
import { createInterface } from 'node:readline';
import { setImmediate as settled } from 'node:timers/promises';
import { defaultFieldResolver, execute, getNamedType, isListType, isNonNullType, isScalarType, parse, validate, validateSchema } from 'graphql';
import { load } from './oracle-data.mjs';
import { resolvers } from './oracle-resolvers.mjs';
import { schema } from './sdl.mjs';

/** Attaches the resolvers. One that names no field of the schema is a mistake here. */
function attach(fields) {
  for (const [type, byName] of Object.entries(fields)) {
    for (const [name, resolve] of Object.entries(byName)) {
      const field = schema.getType(type)?.getFields()[name];
      if (!field) throw new Error(`the schema has no ${type}.${name}`);
      // In promises, so that a field that fails does not keep its siblings from being asked.
      field.resolve = async (source, args, context, info) => {
        try {
          return await resolve(source, args, context);
        } catch (refusal) {
          if (!refusal.extensions) throw refusal;
          context.errors.push(error(refusal, pathOf(info.path)));
          throw refusal;
        }
      };
    }
  }
}

/** What no resolver answers is the column of the same name. Zero values are left out of the dump. */
function column(source, args, context, info) {
  const name = info.fieldName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (info.fieldName in source) return defaultFieldResolver(source, args, context, info);
  if (source[name] !== undefined || !isNonNullType(info.returnType)) return source[name];
  if (isListType(info.returnType.ofType)) return [];
  return { Int: 0, Boolean: false }[getNamedType(info.returnType).name] ?? (isScalarType(info.returnType.ofType) ? '' : null);
}

const pathOf = (path) => (path ? [...pathOf(path.prev), path.key] : []);
const error = ({ extensions }, path) => ({ path, code: extensions.code ?? 'INTERNAL_SERVER_ERROR', field: extensions.field ?? '' });

async function answer({ query, variables, languages, viewer }) {
  const document = parse(query);
  const invalid = validate(schema, document);
  if (invalid.length > 0) return { invalid: invalid.map(({ message }) => message) };
  const context = { languages, viewer, errors: [] };
  const typeResolver = ({ __typename }) => __typename;
  const result = await execute({ schema, document, variableValues: variables, contextValue: context, fieldResolver: column, typeResolver });
  await settled(); // siblings of what failed are still being asked: all of it in promises, none of it waits
  // The executor tells one error for each place it makes null; what is not a refusal is a mistake of this program.
  const mistakes = (result.errors ?? []).filter((e) => !e.originalError?.extensions?.code);
  if (mistakes.length > 0) return { invalid: mistakes.map((e) => `${e.path?.join('.')}: ${e.originalError?.stack ?? e.message}`) };
  return { data: result.data, errors: context.errors };
}

// Moments have six digits of a second, however the database wrote them.
schema.getType('DateTime').serialize = (moment) => moment.replace(/(?:\.(\d+))?Z$/, (_, digits = '') => `.${digits.padEnd(6, '0')}Z`);

const problems = validateSchema(schema);
if (problems.length > 0) throw problems[0];
let ready = false;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (!ready) attach(resolvers(load(request)));
  console.log(JSON.stringify(ready ? await answer(request) : { data: 'ready' }));
  ready = true;
}
