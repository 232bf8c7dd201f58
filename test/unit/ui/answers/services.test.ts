import assert from 'node:assert/strict';
import { renderServices } from '../../../../src/ui/answers/services.ts';
import { fakeOutput } from '../../../support/fake-output.ts';

describe('the services of os ps', () => {
  it('are remarked on if there are none, of the project or of the device', () => {
    const none = { project: 'shop', services: [] };
    assert.deepEqual(renderServices(none, fakeOutput('plain')).notes, [
      'the project shop has no services on the device; `os ps --all` lists those of other projects',
    ]);
    assert.deepEqual(renderServices({ ...none, project: null }, fakeOutput('plain')).notes, [
      'the device has no services',
    ]);
  });
});
