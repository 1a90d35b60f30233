/** What workerd makes of an import of the module. */
declare module "*/worker_runtime.wasm" {
  const compiled: WebAssembly.Module;
  export default compiled;
}
