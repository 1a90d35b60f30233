/* The package as it is installed from the packed tarball. Its address is given by whoever loads this module. */
const address = new URL(import.meta.url).searchParams.get("package");
export const { Runtime } = await import(address);
