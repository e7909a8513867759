//! A snapshot from a peer that is warm, while it serves: no file between them.

use std::net::{TcpListener, TcpStream};
use std::thread;

use shorttail::cache::{Cache, Export, Lookup, Restore, Snapshot};

use super::snapshots::{Numbers, Plain, filled};

#[test]
fn a_peers_snapshot_comes_over_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = listener.local_addr().unwrap();
    let peer = thread::spawn(move || {
        let warm = filled(2_000, 900);
        let mut socket = TcpStream::connect(peer).unwrap();
        Export::new().write(&warm, &Numbers, &mut socket).unwrap();
    });
    let (socket, _) = listener.accept().unwrap();
    let mut snapshot = Snapshot::<_, _, u32, u64>::open(socket, &Numbers).unwrap();
    let cold: Plain = Cache::builder(2_000).build().unwrap();
    let restored = Restore::new().apply(&cold, &mut snapshot).unwrap();
    assert_eq!((restored.stored, restored.total()), (900, 900));
    assert_eq!(cold.get(&899), Lookup::Fresh(900));
    peer.join().unwrap();
}
