// Licensed under the MIT licence.
// The browser's half of python_driver.py: the same commands and reports, with the official client of this page.
// `report` is a DevTools binding; `drive` is called through Runtime.evaluate.
'use strict';

const clients = new Map();

function packed(value) {
    if (value instanceof ArrayBuffer) {
        const bytes = Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte));
        return { $bytes: btoa(bytes.join('')) };
    }
    if (Array.isArray(value)) return value.map(packed);
    if (value && typeof value === 'object') {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packed(item)]));
    }
    return value === undefined ? null : value;
}

function unpacked(value) {
    if (Array.isArray(value)) return value.map(unpacked);
    if (value && typeof value === 'object') {
        if ('$bytes' in value) return Uint8Array.from(atob(value.$bytes), (letter) => letter.charCodeAt(0));
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpacked(item)]));
    }
    return value;
}

function connect(command) {
    const tell = (kind, fields) => report(JSON.stringify({ id: command.id, report: kind, ...fields }));
    const socket = io(command.url, {
        forceNew: true,
        transports: command.transports ?? ['polling', 'websocket'],
        auth: command.auth ?? undefined,
        reconnection: command.reconnect,
        timeout: command.timeout ?? 20000,
        reconnectionDelay: 200,
        reconnectionDelayMax: 400,
        randomizationFactor: 0.1,
    });
    socket.on('connect', () => {
        const engine = socket.io.engine;
        tell('connected', { transport: engine.transport.name, sid: socket.id, recovered: Boolean(socket.recovered) });
        if (engine.transport.name === 'websocket') tell('upgraded');
        else engine.on('upgrade', (transport) => { if (transport.name === 'websocket') tell('upgraded'); });
    });
    socket.on('connect_error', (error) => tell('refused', { reason: String(error.message) }));
    socket.on('disconnect', (reason) => tell('disconnected', { reason }));
    socket.onAny((event, ...args) => tell('event', { event, args: packed(args) }));
    clients.set(command.id, { socket, tell });
}

function emit(command) {
    const { socket, tell } = clients.get(command.id);
    const args = unpacked(command.args);
    if (command.call !== null) args.push((...results) => tell('ack', { call: command.call, args: packed(results) }));
    socket.emit(command.event, ...args);
}

function reconnect(command) {
    clients.get(command.id).socket.connect();
}

function disconnect(command) {
    clients.get(command.id)?.socket.disconnect();
    clients.delete(command.id);
}

globalThis.drive = (command) => ({ connect, emit, reconnect, disconnect })[command.do](command);
