// Nothing. A browser starts this worker only over a connection whose certificate it has verified by itself; the page
// asks it to, learns from that whether the appliance is trusted, and sends the worker away.
