// Builds elements. Text only ever becomes a text node: nothing from a ticket is parsed as HTML.

/** h("a.name", {href: "/x", on: {click: f}}, "text", node, …); attributes that are null or false are left out. */
export function h(what, ...rest) {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag);
  if (classes.length > 0) node.className = classes.join(" ");
  const attributes = rest.length > 0 && isPlain(rest[0]) ? rest.shift() : {};
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, String(value));
  }
  node.append(...rest.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function isPlain(value) {
  return typeof value === "object" && value !== null && !(value instanceof Node) && !Array.isArray(value);
}

/** Takes everything out of a node and puts these in. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}
