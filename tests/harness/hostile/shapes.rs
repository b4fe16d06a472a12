//! CBOR taken apart, and journal segments put together, so that one thing in them can be made wrong and the rest stays
//! right: another encoding of the same value, a sum that agrees with damaged bytes.

use fangwei_protocol::trust::genesis::GenesisHash;

/// A CBOR value, taken apart.
#[derive(Clone, PartialEq, Debug)]
pub enum Cbor {
    /// A number from 0 on.
    Uint(u64),
    /// −1 − this.
    Nint(u64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A text; any bytes.
    Text(Vec<u8>),
    /// Values in a row.
    Array(Vec<Cbor>),
    /// Keys and values.
    Map(Vec<(Cbor, Cbor)>),
    /// False, true, null: by number.
    Simple(u8),
    /// Whatever these bytes are.
    Raw(Vec<u8>),
}

/// Where in a value a value stands: the child's number at each level, keys and values of a map counted alike.
pub type Path = Vec<usize>;

impl Cbor {
    /// Takes a well-formed value with definite lengths apart; none if it is not, or nested deeper than any of ours.
    pub fn read(bytes: &[u8]) -> Option<Cbor> {
        let mut rest = bytes;
        let value = read(&mut rest, 16)?;
        rest.is_empty().then_some(value)
    }

    /// The bytes, each head in its shortest form.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Cbor::Uint(n) => head(to, 0, *n),
            Cbor::Nint(n) => head(to, 1, *n),
            Cbor::Bytes(bytes) => {
                head(to, 2, bytes.len() as u64);
                to.extend_from_slice(bytes);
            }
            Cbor::Text(bytes) => {
                head(to, 3, bytes.len() as u64);
                to.extend_from_slice(bytes);
            }
            Cbor::Array(items) => {
                head(to, 4, items.len() as u64);
                items.iter().for_each(|item| item.write(to));
            }
            Cbor::Map(pairs) => {
                head(to, 5, pairs.len() as u64);
                pairs.iter().for_each(|(key, value)| {
                    key.write(to);
                    value.write(to);
                });
            }
            Cbor::Simple(n) => to.push(0xe0 | n),
            Cbor::Raw(bytes) => to.extend_from_slice(bytes),
        }
    }

    /// Paths to every value in it, itself first.
    pub fn paths(&self) -> Vec<Path> {
        let mut paths = vec![Vec::new()];
        for (number, child) in self.children().into_iter().enumerate() {
            paths.extend(child.paths().into_iter().map(|path| [vec![number], path].concat()));
        }
        paths
    }

    /// The value at a path.
    pub fn at(&self, path: &[usize]) -> &Cbor {
        match path.split_first() {
            None => self,
            Some((first, rest)) => self.children()[*first].at(rest),
        }
    }

    /// The same with another value at a path.
    pub fn with(&self, path: &[usize], value: Cbor) -> Cbor {
        let Some((first, rest)) = path.split_first() else { return value };
        let mut whole = self.clone();
        let child = match &mut whole {
            Cbor::Array(items) => &mut items[*first],
            Cbor::Map(pairs) if first % 2 == 0 => &mut pairs[first / 2].0,
            Cbor::Map(pairs) => &mut pairs[first / 2].1,
            other => unreachable!("{other:?} has nothing in it"),
        };
        *child = child.with(rest, value);
        whole
    }

    fn children(&self) -> Vec<&Cbor> {
        match self {
            Cbor::Array(items) => items.iter().collect(),
            Cbor::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
            _ => Vec::new(),
        }
    }
}

fn read(rest: &mut &[u8], deepest: usize) -> Option<Cbor> {
    let (first, behind) = rest.split_first()?;
    *rest = behind;
    let (major, info) = (first >> 5, first & 31);
    let wide = match info {
        0..=23 => return of_head(major, u64::from(info), rest, deepest),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (number, behind) = rest.split_at_checked(wide)?;
    *rest = behind;
    let number = number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    if major == 7 { None } else { of_head(major, number, rest, deepest) }
}

fn of_head(major: u8, n: u64, rest: &mut &[u8], deepest: usize) -> Option<Cbor> {
    let take = |rest: &mut &[u8]| {
        let (some, behind) = rest.split_at_checked(usize::try_from(n).ok()?)?;
        *rest = behind;
        Some(some.to_vec())
    };
    let deeper = deepest.checked_sub(1)?;
    Some(match major {
        0 => Cbor::Uint(n),
        1 => Cbor::Nint(n),
        2 => Cbor::Bytes(take(rest)?),
        3 => Cbor::Text(take(rest)?),
        4 => Cbor::Array((0..n).map(|_| read(rest, deeper)).collect::<Option<_>>()?),
        5 => Cbor::Map((0..n).map(|_| Some((read(rest, deeper)?, read(rest, deeper)?))).collect::<Option<_>>()?),
        7 => Cbor::Simple(u8::try_from(n).ok()?),
        _ => return None,
    })
}

/// A head in its shortest form.
pub fn head(to: &mut Vec<u8>, major: u8, n: u64) {
    match n {
        0..=23 => to.push(major << 5 | n as u8),
        24..=0xff => to.extend([major << 5 | 24, n as u8]),
        0x100..=0xffff => to.extend([&[major << 5 | 25], (n as u16).to_be_bytes().as_slice()].concat()),
        0x1_0000..=0xffff_ffff => to.extend([&[major << 5 | 26], (n as u32).to_be_bytes().as_slice()].concat()),
        _ => to.extend(long_head(major, n)),
    }
}

/// A head in nine bytes, however small the number is.
pub fn long_head(major: u8, n: u64) -> Vec<u8> {
    [&[major << 5 | 27], n.to_be_bytes().as_slice()].concat()
}

/// Codes of journal records (SPEC.md §8).
pub struct RecordCode;

impl RecordCode {
    /// Begins what was synced together.
    pub const MARK: u8 = 1;
    /// A COSE_Sign1.
    pub const ENTRY: u8 = 2;
    /// A body.
    pub const BODY: u8 = 4;
    /// A receipt.
    pub const RECEIPT: u8 = 6;
    /// A log's name.
    pub const LOG_EPOCH: u8 = 7;
    /// A time.
    pub const CLOCK: u8 = 10;
}

/// A journal's first segment: header and records, each sum agreeing with whatever is summed.
#[derive(Clone, Debug)]
pub struct Journal {
    header: Vec<u8>,
    records: Vec<u8>,
}

impl Journal {
    /// The first segment of a tree's journal, without records.
    pub fn new(genesis: &GenesisHash) -> Journal {
        let mut header = b"fangwei\x01".to_vec();
        for number in [1_u32, 1, 0, 0, 0] {
            header.extend(number.to_le_bytes());
        }
        header.extend(genesis.0.as_slice());
        Journal { header, records: Vec::new() }
    }

    /// The header without its sum, to be changed.
    pub fn header(&mut self) -> &mut Vec<u8> {
        &mut self.header
    }

    /// A mark for what follows.
    pub fn mark(&mut self) {
        let offset = u32::try_from(self.header.len() + 4 + self.records.len()).unwrap();
        let payload = [1_u32.to_le_bytes(), offset.to_le_bytes()].concat();
        self.push(RecordCode::MARK, &payload);
    }

    /// A record.
    pub fn push(&mut self, code: u8, payload: &[u8]) {
        self.push_as(code, 1, payload, u32::try_from(payload.len()).unwrap());
    }

    /// A record of another version, or that says to have another length.
    pub fn push_as(&mut self, code: u8, version: u8, payload: &[u8], len: u32) {
        let sum = crc32c::crc32c_append(crc32c::crc32c(&[code, version]), payload);
        self.records.extend(len.to_le_bytes());
        self.records.extend(sum.to_le_bytes());
        self.records.extend([code, version]);
        self.records.extend(payload);
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        [self.header.as_slice(), &crc32c::crc32c(&self.header).to_le_bytes(), &self.records].concat()
    }
}
