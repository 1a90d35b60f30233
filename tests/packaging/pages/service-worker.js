import { tell } from "./shared/tell.js";

async function ask() {
  const registration = await navigator.serviceWorker.register("keeper-service.js", { type: "module" });
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  worker.postMessage("keep", [port2]);
  const { told, error } = await answer;
  if (error !== undefined) throw new Error(error);
  return told;
}

tell(ask());
