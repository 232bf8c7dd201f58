import type { ClaimDevice, Endpoint } from '../place.ts';

/** Claims the device that `opened` leads to. Closes that where the device cannot be claimed, and throws as `claimDevice`. */
export async function claimOpened(
  claimDevice: ClaimDevice,
  endpoint: Endpoint,
  opened: AsyncDisposable,
): Promise<void> {
  try {
    claimDevice(endpoint);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}
