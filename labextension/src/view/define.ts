let guarded = false;

/**
 * Let the first definition of a `wa-` element win instead of throwing at the second.
 *
 * Another extension may carry its own copy of Web Awesome: without this guard whichever loads
 * second fails as a whole. Other names keep the browser's behaviour.
 */
export function guardDefinitions(registry: CustomElementRegistry = customElements): void {
  if (guarded && registry === customElements) return;
  guarded ||= registry === customElements;
  const define = registry.define.bind(registry);
  registry.define = (name, made, options) => {
    if (name.startsWith('wa-') && registry.get(name)) return;
    define(name, made, options);
  };
}
