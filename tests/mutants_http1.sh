#!/usr/bin/env bash
# Breaks one check of http1 at a time and expects the named test to notice.
#
#   tests/mutants_http1.sh [pattern]     run in a clean checkout; restores every file
#
# A row: file | sed expression | test that must fail | what is broken.
set -u
cd "$(dirname "$0")/.." || exit 2

rows() {
    cat <<'ROWS'
engine.rs|s/\|\| !bytes\[..parsed.end\].ends_with(b"\\r\\n\\r\\n")//|verdicts|a head may end in bare LF
engine.rs|s/bytes\[before..line\] != \*b"\\r\\n" \|\| //|verdicts|a line may end in bare LF
engine.rs|s/ \|\| line_end - line > limits.line//|passes|no line limit on the one-read path
engine.rs|s/\|\| parsed.target.len() > limits.target//|passes|no target limit on the one-read path
engine.rs|s/parsed.method.len() > METHOD_BYTES/false/|verdicts|no method limit on the one-read path
engine.rs|s/\|\| !is_plain_ascii(parsed.target.as_bytes())//|verdicts|fragments and UTF-8 in targets
engine.rs|s/if offset_of(bytes, method.as_bytes()) != start/if false/|verdicts|empty lines without number
engine.rs|s/Some(0)/Some(9)/|verdicts|HTTP\/1.0 read as 1.1
reader.rs|s/bytes.len().min(limits.head)/bytes.len()/|verdicts|no head limit on the one-read path
reader.rs|s/self.table.min(limits.fields)/self.table/|verdicts|no field limit on the one-read path
reader.rs|s/self.table = self.table.max(.*;//|passes|the table size is forgotten
scan.rs|s/\*self = Self::new();/return Ok(Scan::More);/|passes|a shrunken buffer is trusted
scan.rs|s/if bytes.len() > limits.head/if false/|verdicts|no head limit while scanning
scan.rs|s/if self.count == limits.fields/if false/|verdicts|no field limit while scanning
scan.rs|s/if self.line == limits.line/if false/|verdicts|no line limit while scanning
scan.rs|s/if self.run > limits.target/if false/|verdicts|no target limit while scanning
scan.rs|s/self.blank_lines += 1;//|verdicts|empty lines are not counted
scan.rs|s/(State::VersionEnd, b'.n') \| (State::VersionLf, _)/(State::VersionLf, _)/|verdicts|a bare LF after the version is called something else
scan.rs|s/(FieldState::EndLf, b'.n') => return Ok(true)/(FieldState::EndLf, _) => return Ok(true)/|verdicts|CR and any byte end a head
scan.rs|s/if start == 2 \* self.blank_lines as usize/if true/|verdicts|the preface of HTTP\/2 anywhere
scan.rs|s/(FieldState::ValueLf, b'.n') => self/(FieldState::ValueLf, _) => self/|verdicts|CR and any byte end a line
judge.rs|s/Some(second) => Err(HeadError::new(repeated, self.name_offset(second)))/Some(_) => Ok(Some(self.parsed.headers[at].value))/|verdicts|repeated Host and Content-Length
judge.rs|s/if length_at.is_some()/if false/|verdicts|Content-Length beside Transfer-Encoding
judge.rs|s/if self.parsed.version == Version::Http10 {$/if false {/|verdicts|Transfer-Encoding in HTTP\/1.0
judge.rs|s/if method == Method::Connect/if false/|verdicts|a framed CONNECT
judge.rs|s/if length > limits.body/if false/|verdicts|no body limit on Content-Length
judge.rs|s/Version::Http11 => Err(HeadError::new(Kind::HostMissing, self.parsed.end))/Version::Http11 => Ok(())/|verdicts|HTTP\/1.1 without Host
judge.rs|s/if let Some(at) = authority::invalid_at(value)/if let Some(at) = None::<usize>/|verdicts|any text for a Host
judge.rs|s/(Form::Origin, \[\] \| \[b':', ..\])/(Form::Origin, [0])/|verdicts|an empty Host
judge.rs|s/(keep_alive \&\& !close, false)/(keep_alive, false)/|verdicts|keep-alive beats close
judge.rs|s/upgrade \&\& self.index/self.index/|verdicts|Upgrade without the connection option
judge.rs|s/ \&\& framing.has_body()//|verdicts|an expectation without a body
judge.rs|s/} else if !member.is_empty()/} else if false/|verdicts|any expectation
framing.rs|s/if !digit.is_ascii_digit()/if !digit.is_ascii_digit() \&\& (at, digit) != (0, b'+')/|verdicts|a length of +5
framing.rs|s/if length > MAX {/if false {/|lengths_are_digits|a length of 2^63
framing.rs|s/if chunked \|\| !is_token(member)/if !is_token(member)/|verdicts|codings after chunked
framing.rs|s/if chunked \|\| !is_token(member)/if chunked/|verdicts|empty members and parameters
framing.rs|s/(true, Some(at)) => Err(.*/(true, Some(_)) => Ok(()),/|verdicts|gzip, chunked taken for chunked
authority.rs|s/number > 65535/false/|verdicts|any port number
authority.rs|s/} else if let Some(broken) = broken_escape(\&bytes\[..host\])/} else if let Some(broken) = None/|verdicts|a lone percent sign in a Host
target.rs|s/ \|\| !authority::is_authority(authority.as_bytes())//|verdicts|user information in a target
target.rs|s/authority::is_host_port(target.as_bytes())/authority::is_authority(target.as_bytes())/|verdicts|CONNECT without a port
chunk.rs|s/(State::Size, _) if self.digits == 0 => return Err(Kind::ChunkSize)/(State::Size, b'@') => return Err(Kind::ChunkSize)/|verdicts|an empty size is 0
chunk.rs|s/if self.digits == DIGITS_MAX/if false/|verdicts|sizes that overflow
chunk.rs|s/State::DataCr if byte == b'.r'/State::DataCr/|verdicts|any byte for the CR after data
chunk.rs|s/State::DataLf if byte == b'.n'/State::DataLf/|verdicts|any byte for the LF after data
chunk.rs|s/State::SizeLf if byte == b'.n'/State::SizeLf/|verdicts|any byte for the LF of a size line
chunk.rs|s/State::QuotedPair, _) if is(byte, VALUE)/State::QuotedPair, _)/|verdicts|control bytes in a quoted extension
chunk.rs|s/(State::Size . State::Name . State::Value . State::ValueEnd, b'.r')/(State::Size \| State::SizeSpace \| State::Name \| State::Value \| State::ValueEnd, b'\\r')/|verdicts|a space before the CRLF of a size line
chunk.rs|s/if self.line == CHUNK_LINE_BYTES/if false/|verdicts|size lines without end
chunk.rs|s/if self.extension > CHUNK_EXTENSION_BYTES/if false/|cves|extensions without end
chunk.rs|s/if self.excess > CHUNK_EXCESS_BYTES/if false/|cves|padding without end
chunk.rs|s/left.checked_sub(self.size).ok_or(Kind::TooLarge)?/left.saturating_sub(self.size)/|verdicts|no body limit on chunks
trailer.rs|s/if self.bytes == limits.trailers/if false/|verdicts|trailers without end
trailer.rs|s/FORBIDDEN.contains(\&name)/false/|verdicts|framing in trailers
trailer.rs|s/byte.to_ascii_lowercase()/byte/|verdicts|framing in trailers, in capitals
connection.rs|s/Phase::Body => HeadErrorKind::BodyUnread,/Phase::Body => return Ok(()),/|connection|a body is parsed as a head
connection.rs|s/Phase::Closed => HeadErrorKind::AfterClose,/Phase::Closed => return Ok(()),/|connection|heads after a close
connection.rs|s/Phase::Failed => HeadErrorKind::AfterError,/Phase::Failed => return Ok(()),/|connection|heads after an error
connection.rs|s/if !input.is_empty()/if false/|connection|100 Continue although the body is there
connection.rs|s/self.awaits_continue = false;//|connection|100 Continue in the middle of a body
connection.rs|s/(self.awaits_continue \|\| known > room)/(known > room)/|connection|waiting for a body nobody asked for
connection.rs|s/BodyEvent::More if self.drained > self.limits.drain/BodyEvent::More if false/|connection|draining without end
connection.rs|s/Phase::Body => Err(HeadError::new(HeadErrorKind::BodyUnread, 0)),/Phase::Body => Ok(()),/|connection|a switch before the body
body.rs|s/self.left = self.left.min(left);/self.left = left;/|connection|a route raises the body limit
index.rs|s/self.cells\[Known::COUNT + at\] = self.cells\[name as usize\];//|heads|repeats are lost
known.rs|s/(!name.contains(.*).then_some(known)/Some(known)/|heads|CR taken for a hyphen
known.rs|s/let mut difference = differ(len - 8);/let mut difference = 0;/|heads|the tail of a name is not compared
response.rs|s/if !is_value(value)/if false/|response|values with CR and LF
response.rs|s/if !is_token(name.as_bytes())/if false/|response|names with CR and LF
response.rs|s/if OWN_FIELDS.iter().any(.*/if false {/|response|two writers of framing
response.rs|s/self.bodiless() \&\& self.body != ResponseBody::Empty/false/|response|a body with 204
response.rs|s/if out.remaining_mut() < len/if false/|response|writing past the room
ROWS
}

pattern=${1:-.}
killed=0 survived=0
while IFS= read -r row; do
    # The separator is a bar with no backslash before it.
    IFS=$'\x1f' read -r file expression test what < <(sed 's/\\|/\x1e/g; s/|/\x1f/g; s/\x1e/|/g' <<<"$row")
    path=src/http1/$file
    cp "$path" /tmp/mutant.$$
    sed -i "$expression" "$path"
    if cmp -s "$path" /tmp/mutant.$$; then
        echo "STALE     $file: $what: the expression changes nothing"
        survived=$((survived + 1))
        continue
    fi
    kind=(--test http1)
    [ "$test" = lengths_are_digits ] && kind=(--lib)
    output=$(timeout 300 cargo test -q "${kind[@]}" "$test" 2>&1)
    code=$?
    cp /tmp/mutant.$$ "$path"
    if [ $code -eq 0 ]; then
        echo "SURVIVED  $file: $what"
        survived=$((survived + 1))
    elif grep -q 'could not compile' <<<"$output"; then
        echo "BROKEN    $file: $what: does not compile"
        survived=$((survived + 1))
    else
        echo "killed    $file: $what: $test"
        killed=$((killed + 1))
    fi
done < <(rows | grep -e "$pattern")
rm -f /tmp/mutant.$$
echo "$killed killed, $survived left"
[ "$survived" -eq 0 ]
