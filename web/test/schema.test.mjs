// The contract keeps to the conventions of the API, and everything in it is described. Needs no server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildClientSchema,
  getNamedType,
  introspectionFromSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  isUnionType,
  lexicographicSortSchema,
  parse,
  printSchema,
  validate,
  validateSchema,
} from 'graphql';
import { examples, placeholder, sampleQuery } from '../src/examples.js';
import { schema } from './sdl.mjs';

const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
const directives = schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive));
const withFields = types.filter((type) => isObjectType(type) || isInterfaceType(type));
const fields = withFields.flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));
const connections = types.filter((type) => type.name.endsWith('Connection'));

/** The types of a field's arguments, by name. */
const argumentTypes = (field) => Object.fromEntries(field.args.map((arg) => [arg.name, String(arg.type)]));
const fieldTypes = (type) => Object.fromEntries(Object.values(type.getFields()).map(({ name, type }) => [name, String(type)]));

test('the contract is valid GraphQL', () => {
  assert.deepEqual(validateSchema(schema), []);
});

test('introspection says all of it', () => {
  const print = (schema) => printSchema(lexicographicSortSchema(schema));
  assert.equal(print(buildClientSchema(introspectionFromSchema(schema, { inputValueDeprecation: true }))), print(schema));
});

test('everything is described', () => {
  const parts = [...types, ...directives].flatMap((part) => {
    const members = isEnumType(part) ? part.getValues() : Object.values(part.getFields?.() ?? {});
    return [
      [part.name, part],
      ...members.map((member) => [`${part.name}.${member.name}`, member]),
      ...[part, ...members].flatMap((owner) => (owner.args ?? []).map((arg) => [`${part.name}.${owner.name}(${arg.name}:)`, arg])),
    ];
  });
  assert.deepEqual(parts.filter(([, part]) => !part.description?.trim()).map(([name]) => name), []);
});

test('a mutation takes a key that makes a retry safe, or says why it takes none', () => {
  for (const { name, args, description } of Object.values(schema.getMutationType().getFields())) {
    const input = getNamedType(args[0].type).getFields();
    assert.ok(input.idempotencyKey || description.includes('`idempotencyKey`'), name);
  }
});

test('a mutation takes its one input and answers with its payload', () => {
  for (const { name, args, type } of Object.values(schema.getMutationType().getFields())) {
    const noun = name[0].toUpperCase() + name.slice(1);
    assert.deepEqual(args.map((arg) => `${arg.name}: ${arg.type}`), [`input: ${noun}Input!`], name);
    assert.equal(String(type), `${noun}Payload`);
  }
});

test('a connection has edges, nodes, page information and a total', () => {
  for (const type of connections) {
    const noun = type.name.replace(/Connection$/, '');
    const { edges, nodes, pageInfo, totalCount } = fieldTypes(type);
    assert.deepEqual(
      { edges, nodes, pageInfo, totalCount },
      { edges: `[${noun}Edge!]!`, nodes: `[${noun}!]!`, pageInfo: 'PageInfo!', totalCount: 'Int!' },
      type.name,
    );
    assert.deepEqual(fieldTypes(schema.getType(`${noun}Edge`)), { cursor: 'Cursor!', node: `${noun}!` });
  }
});

test('a connection is paged from both ends', () => {
  for (const { type, field } of fields.filter(({ field }) => connections.includes(getNamedType(field.type)))) {
    const { first, after, last, before } = argumentTypes(field);
    const name = `${type.name}.${field.name}`;
    assert.deepEqual({ first, after, last, before }, { first: 'Int', after: 'Cursor', last: 'Int', before: 'Cursor' }, name);
    // One of Query that fails leaves its neighbours alone.
    assert.equal(String(field.type), `${getNamedType(field.type)}${type.name === 'Query' ? '' : '!'}`, name);
  }
});

test('what has an id is a node, or an event', () => {
  const named = withFields.filter((type) => fieldTypes(type).id === 'ID!' && !['Node', 'Event'].includes(type.name));
  const strays = named.filter((type) => !type.getInterfaces().some(({ name }) => name === 'Node' || name === 'Event'));
  assert.deepEqual(strays.map(String), []);
});

test('a subscription answers with an interface of events that Reset implements', () => {
  for (const { name, args, type } of Object.values(schema.getSubscriptionType().getFields())) {
    if (name.endsWith('Pulse')) continue; // the latest numbers: nothing to resume
    assert.match(String(type), /(Event|Notification)!$/, name);
    assert.ok(isInterfaceType(getNamedType(type)), `${type} is an interface`);
    assert.ok(schema.isSubType(getNamedType(type), schema.getType('Reset')), `Reset implements ${type}`);
    assert.equal(argumentTypes({ args }).after, 'EventCursor', name);
  }
});

test('there are no unions', () => {
  assert.deepEqual(types.filter((type) => isUnionType(type) || /Union$/.test(type.name)).map(String), []);
});

test('inputs are called so, and nothing else is', () => {
  const inputs = types.filter(isInputObjectType).map(String);
  assert.deepEqual(inputs.filter((name) => !/(Input|Filter|Order)$/.test(name)), []);
});

test('what asks who asks is marked', () => {
  const unmarked = fields
    .filter(({ field }) => /^viewer/.test(field.name) && !field.astNode.directives.some(({ name }) => name.value === 'viewer'))
    .map(({ type, field }) => `${type.name}.${field.name}`);
  assert.deepEqual(unmarked, []);
});

test('the examples of the explorer and of the home page fit the contract', () => {
  for (const { query } of [{ query: sampleQuery }, ...Object.values(examples(placeholder))]) {
    assert.deepEqual(validate(schema, parse(query)).map(String), [], query);
  }
});
