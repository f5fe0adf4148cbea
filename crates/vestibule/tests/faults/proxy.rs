//! A proxy on a socket that can stop handing on without closing anything: a cut as the network makes it.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// The way through; cut, bytes wait in it.
#[derive(Default)]
struct Way {
    is_cut: Mutex<bool>,
    healed: Condvar,
}

impl Way {
    fn wait_while_cut(&self) {
        drop(self.healed.wait_while(self.is_cut.lock().unwrap(), |is_cut| *is_cut).unwrap());
    }
}

/// A proxy; it goes with its process.
pub struct Proxy {
    /// Where it listens.
    pub address: String,
    way: Arc<Way>,
}

impl Proxy {
    pub fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { address: listener.local_addr().unwrap().to_string(), way: Arc::default() };
        let (way, target) = (proxy.way.clone(), target.to_owned());
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(&target) else { continue };
                for (from, to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                    let way = way.clone();
                    thread::spawn(move || hand_on(from, to, &way));
                }
            }
        });
        proxy
    }

    pub fn cut(&self) {
        *self.way.is_cut.lock().unwrap() = true;
    }

    pub fn heal(&self) {
        *self.way.is_cut.lock().unwrap() = false;
        self.way.healed.notify_all();
    }
}

/// One direction. An end is handed on too, once the way is free.
fn hand_on(mut from: TcpStream, mut to: TcpStream, way: &Way) {
    let mut bytes = [0; 16_384];
    loop {
        let count = from.read(&mut bytes).unwrap_or(0);
        way.wait_while_cut();
        if count == 0 || to.write_all(&bytes[..count]).is_err() {
            let _ = to.shutdown(std::net::Shutdown::Write);
            return;
        }
    }
}
