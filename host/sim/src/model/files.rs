//! The files of a social security card: dedicated files in a tree, record files of TLV objects in them.
//!
//! Layout and record numbers: 社会保障卡文件结构和数据项 V2.0 and LD/T 32 (generations 2 and 3), LB002-2000
//! (generation 1, without the name extension, so that later records move up by one).

/// Who may read or change a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    /// Anyone.
    Always,
    /// Whoever passed EXTERNAL AUTHENTICATE under this key id since the application was selected.
    Key(u8),
}

/// One record: its number in the file, and the TLV object as READ RECORD returns it.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) number: u8,
    /// The tag the card finds it by; a faulty card may return other bytes.
    pub(super) tag: u8,
    pub(super) bytes: Vec<u8>,
}

impl Record {
    pub(super) fn new(number: u8, tag: u8, value: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(value.len() + 2);
        bytes.push(tag);
        bytes.push(value.len().min(0xFF) as u8);
        bytes.extend_from_slice(value);
        Self { number, tag, bytes }
    }
}

/// An elementary file of records. Its short identifier is the low five bits of the file identifier.
#[derive(Clone)]
pub(super) struct Ef {
    pub(super) fid: u16,
    pub(super) read: Access,
    pub(super) update: Access,
    pub(super) records: Vec<Record>,
}

impl Ef {
    pub(super) fn sfi(&self) -> u8 {
        (self.fid & 0x1F) as u8
    }

    pub(super) fn by_number(&self, number: u8) -> Option<usize> {
        self.records.iter().position(|record| record.number == number)
    }

    pub(super) fn by_tag(&self, tag: u8) -> Option<usize> {
        self.records.iter().position(|record| record.tag == tag)
    }
}

/// A dedicated file: the MF, the SSSE, or an application under it.
#[derive(Clone)]
pub(super) struct Df {
    pub(super) fid: u16,
    pub(super) name: Vec<u8>,
    /// Index of the DF above; the MF points to itself.
    pub(super) parent: usize,
    pub(super) efs: Vec<Ef>,
}

/// All dedicated files; the MF stands at index [`MF`].
#[derive(Clone)]
pub(super) struct FileSystem {
    pub(super) dfs: Vec<Df>,
}

/// Index of the master file.
pub(super) const MF: usize = 0;

impl FileSystem {
    pub(super) fn df(&self, index: usize) -> Option<&Df> {
        self.dfs.get(index)
    }

    pub(super) fn ef(&self, at: EfAt) -> Option<&Ef> {
        self.dfs.get(at.df)?.efs.get(at.ef)
    }

    pub(super) fn ef_mut(&mut self, at: EfAt) -> Option<&mut Ef> {
        self.dfs.get_mut(at.df)?.efs.get_mut(at.ef)
    }

    /// The EF of this DF with the short identifier.
    pub(super) fn ef_by_sfi(&self, df: usize, sfi: u8) -> Option<EfAt> {
        self.find_ef(df, |ef| ef.sfi() == sfi)
    }

    /// The EF of this DF with the file identifier.
    pub(super) fn ef_by_fid(&self, df: usize, fid: u16) -> Option<EfAt> {
        self.find_ef(df, |ef| ef.fid == fid)
    }

    fn find_ef(&self, df: usize, wanted: impl Fn(&Ef) -> bool) -> Option<EfAt> {
        let ef = self.dfs.get(df)?.efs.iter().position(wanted)?;
        Some(EfAt { df, ef })
    }

    /// The DF directly under this one with the file identifier.
    pub(super) fn child_by_fid(&self, df: usize, fid: u16) -> Option<usize> {
        self.children(df).find(|child| self.dfs.get(*child).is_some_and(|found| found.fid == fid))
    }

    /// The DFs a name can reach from here, nearest first: this one and those under it, then one level up, and so
    /// on to the MF.
    pub(super) fn reachable(&self, from: usize) -> Vec<usize> {
        let mut reachable = Vec::with_capacity(self.dfs.len());
        let mut at = from;
        loop {
            for df in std::iter::once(at).chain(self.children(at)) {
                if !reachable.contains(&df) {
                    reachable.push(df);
                }
            }
            match self.dfs.get(at) {
                Some(df) if df.parent != at => at = df.parent,
                _ => return reachable,
            }
        }
    }

    fn children(&self, df: usize) -> impl Iterator<Item = usize> + '_ {
        self.dfs
            .iter()
            .enumerate()
            .filter(move |(index, child)| child.parent == df && *index != df)
            .map(|(index, _)| index)
    }
}

/// Where an EF stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct EfAt {
    pub(super) df: usize,
    pub(super) ef: usize,
}
