import assert from 'node:assert/strict';
import { openBufferCollector } from '../../../src/core/collect-buffers.ts';

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
});
