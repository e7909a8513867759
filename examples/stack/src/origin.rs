//! Redis as the source of the cache's values.

use std::sync::Mutex;
use std::time::Duration;

use redis::{Client, Connection, RedisError};
use shorttail::cache::Load;

/// Keys that are there.
pub(crate) const ITEMS: u64 = 2_000;

/// How long a call may take before it counts as failed: the cache's callers wait for less.
const PATIENCE: Duration = Duration::from_millis(200);

/// One connection for each loader thread, made when it is needed and dropped when it fails.
pub(crate) struct Redis {
    client: Client,
    idle: Mutex<Vec<Connection>>,
}

impl Redis {
    pub(crate) fn new(port: u16) -> Result<Self, RedisError> {
        Ok(Self {
            client: Client::open(format!("redis://127.0.0.1:{port}/"))?,
            idle: Mutex::default(),
        })
    }

    fn connection(&self) -> Result<Connection, RedisError> {
        let idle = self.idle.lock().expect("no panic under it").pop();
        idle.map_or_else(|| connect(&self.client, PATIENCE), Ok)
    }
}

impl Load<u64, String> for Redis {
    /// Its kind: each caller that waits gets a copy.
    type Error = redis::ErrorKind;

    fn load(&self, id: &u64) -> Result<Option<String>, redis::ErrorKind> {
        let mut connection = self.connection().map_err(|error| error.kind())?;
        let value = redis::cmd("GET")
            .arg(format!("item:{id}"))
            .query(&mut connection)
            .map_err(|error: RedisError| error.kind())?;
        self.idle
            .lock()
            .expect("no panic under it")
            .push(connection);
        Ok(value)
    }
}

fn connect(client: &Client, patience: Duration) -> Result<Connection, RedisError> {
    let connection = client.get_connection_with_timeout(patience)?;
    connection.set_read_timeout(Some(patience))?;
    connection.set_write_timeout(Some(patience))?;
    Ok(connection)
}

/// Stores all items, however busy the machine is.
pub(crate) fn fill(port: u16) -> Result<(), RedisError> {
    let client = Client::open(format!("redis://127.0.0.1:{port}/"))?;
    let mut connection = connect(&client, Duration::from_secs(20))?;
    for id in 0..ITEMS {
        let mut set = redis::cmd("SET");
        set.arg(format!("item:{id}")).arg(format!("the item {id}"));
        set.query::<()>(&mut connection)?;
    }
    Ok(())
}
