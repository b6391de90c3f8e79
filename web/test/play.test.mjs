// What is played of what multiplies. Needs no server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draw } from './play.mjs';

const states = ['a', 'b', 'c', 'd'];

test('once plays the first state, all plays every one', () => {
  assert.deepEqual(draw('page', states, 'once', '1'), ['a']);
  assert.deepEqual(draw('page', states, 'all', '1'), states);
  assert.deepEqual(draw('page', ['a'], 'sample', '1'), ['a']);
  assert.deepEqual(draw('page', [], 'sample', '1'), []);
});

test('a sample is the first state and another, the same for the same seed', () => {
  const drawn = new Set();
  for (let seed = 0; seed < 100; seed++) {
    const sample = draw('page', states, 'sample', String(seed));
    assert.deepEqual(sample, draw('page', states, 'sample', String(seed)));
    assert.equal(sample.length, 2);
    assert.equal(sample[0], 'a');
    drawn.add(sample[1]);
  }
  assert.deepEqual([...drawn].sort(), ['b', 'c', 'd']);
});

test('lists are drawn from independently', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => String(seed));
  assert.ok(seeds.some((seed) => draw('one', states, 'sample', seed)[1] !== draw('two', states, 'sample', seed)[1]));
});
