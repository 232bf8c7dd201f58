import assert from 'node:assert/strict';
import { cachedDataVersionTag } from 'node:v8';
import { openBufferCollector } from '../../../src/core/collect-buffers.ts';

/** Of V8's version and flags, before any test has changed them. */
const tagAtStart = cachedDataVersionTag();

describe('buffers that have passed through', () => {
  it('are collected before tens of megabytes of them have gathered', () => {
    const onPassed = openBufferCollector();
    const before = process.memoryUsage().arrayBuffers;
    let mostBytes = 0;
    for (let i = 0; i < 2000; i++) {
      onPassed(Buffer.alloc(64 * 1024));
      mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - before);
    }
    assert.ok(mostBytes < 24 * 1024 * 1024, `${mostBytes.toString()} bytes`);
  });

  it('are collected by a V8 whose flags are as they were: code that is compiled afterwards is valid in the next process', () => {
    openBufferCollector()({ length: 8 * 1024 * 1024 });
    assert.equal(cachedDataVersionTag(), tagAtStart);
  });
});
