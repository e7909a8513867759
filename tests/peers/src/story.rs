//! What a parser saw on one connection, and how two of them differ.

/// One request, in a form that every peer can tell; what it does not tell is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// Names in lower case, sorted; those of one name in their order on the wire.
    pub fields: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// As the fields.
    pub trailers: Vec<(String, Vec<u8>)>,
    /// Bytes of the input up to its end, or to that of its head where there is nothing but heads.
    pub end: Option<usize>,
}

impl Request {
    pub fn sort_fields(&mut self) {
        self.fields.sort_by(|a, b| a.0.cmp(&b.0));
        self.trailers.sort_by(|a, b| a.0.cmp(&b.0));
    }

    /// Whether the other's trailers are these, and some that shorttail drops.
    fn has_trailers_dropped(&self, other: &Self) -> bool {
        let kept = other.trailers.iter();
        let kept = kept.filter(|(name, _)| !DROPPED.contains(&&name[..]));
        self.trailers != other.trailers && kept.eq(&self.trailers)
    }
}

/// Trailers of the inputs that mean nothing behind a body, RFC 9110 6.5.1.
const DROPPED: [&str; 9] = [
    "authorization",
    "content-encoding",
    "content-range",
    "content-type",
    "cookie",
    "if-match",
    "keep-alive",
    "proxy-connection",
    "set-cookie",
];

/// How the story of a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Between two requests, or closed by the last one.
    Over,
    /// The bytes end inside a request.
    Incomplete,
    /// Something was refused, in the parser's own words.
    Refused(String),
}

/// The requests that came whole, and the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    pub requests: Vec<Request>,
    pub end: End,
}

/// How a peer's story differs from ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The peer takes what we refuse for this reason.
    Takes(String),
    /// The peer waits for more of what we refuse for this reason: refused here is refused sooner.
    Waits(String),
    /// The peer refuses, in its words, what we take or wait for more of.
    Refuses(String),
    /// Both take a request and see something else in it.
    Sees(&'static str),
    /// The peer saw a request that we did not see, though nothing was refused.
    SeesMore,
    /// We saw a request that the peer did not see, though nothing was refused.
    SeesLess,
}

/// The first difference between two stories of the same bytes.
pub fn difference(ours: &Story, theirs: &Story) -> Option<Difference> {
    for (our, their) in ours.requests.iter().zip(&theirs.requests) {
        let parts = [
            ("the method", our.method == their.method),
            ("an empty path", !has_path_added(&our.target, &their.target)),
            ("the target", our.target == their.target),
            ("the fields", our.fields == their.fields),
            ("the body", our.body == their.body),
            ("dropped trailers", !our.has_trailers_dropped(their)),
            ("the trailers", our.trailers == their.trailers),
            (
                "where it ends",
                our.end
                    .zip(their.end)
                    .is_none_or(|(our, their)| our == their),
            ),
        ];
        if let Some((part, _)) = parts.iter().find(|(_, same)| !same) {
            return Some(Difference::Sees(part));
        }
    }
    let (our_count, their_count) = (ours.requests.len(), theirs.requests.len());
    match (&ours.end, &theirs.end) {
        (End::Refused(_), End::Refused(_)) if our_count == their_count => None,
        (End::Refused(reason), End::Incomplete) if our_count == their_count => {
            Some(Difference::Waits(reason.clone()))
        }
        (End::Refused(reason), _) if our_count <= their_count => {
            Some(Difference::Takes(reason.clone()))
        }
        (_, End::Refused(reason)) => Some(Difference::Refuses(reason.clone())),
        _ if our_count < their_count => Some(Difference::SeesMore),
        _ if our_count > their_count => Some(Difference::SeesLess),
        _ => None,
    }
}

/// Whether the second target is the first, which names an authority, with one `/` more behind it.
fn has_path_added(our: &str, their: &str) -> bool {
    let Some((_, rest)) = our.split_once("://") else {
        return false;
    };
    if rest.starts_with('/')
        || rest
            .split('?')
            .next()
            .is_some_and(|front| front.contains('/'))
    {
        return false;
    }
    let slashes = their.match_indices('/');
    let mut without = slashes.map(|(at, _)| [&their[..at], &their[at + 1..]].concat());
    without.any(|without| without == our)
}
