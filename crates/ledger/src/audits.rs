//! Requests of which the answers of both models are compared: series without gaps, which survive whoever compares them.
use crate::{
    Error, Ledger, Micros, Result,
    cells::{Cell, Reader, query},
    database::Database,
    trace::hex,
};
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, any::AnyRow};

/// A request whose answers are to be compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// The route that it took.
    pub route: String,
    /// Who is compared, and how: a change of any of that begins a series of its own.
    pub setting: String,
    /// Its place in its series, from 1: set by the ledger.
    pub number: i64,
    /// When the request came.
    pub time: Micros,
    /// Id of the trace.
    pub trace: String,
    /// A hash of what conversation it is part of.
    pub conversation: i64,
    /// Whether the small model's answer was given.
    pub local: bool,
    /// The policy that was in force; 0 is none.
    pub version: i64,
    /// The request, as JSON.
    pub request: String,
    /// The small model's answer, where it is known already.
    pub small: Option<String>,
    /// The large model's answer, where it is known already.
    pub large: Option<String>,
    /// How often somebody began to compare them.
    pub tries: i64,
    /// What the comparison has cost by now, in micro-USD; of one whose process died, what it may have.
    pub cost: i64,
    /// Until when they are ours who claimed them, or nobody's: set by the ledger.
    pub claimed_until: Micros,
}

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// What is known of request and small answer, for the router to score.
    pub signals: String,
    /// How good the small model's answer was, 0 to 1.
    pub small: f64,
    /// How good the large model's answer was, 0 to 1.
    pub large: f64,
    /// Who judged.
    pub judge: String,
    /// Why it could not be judged as it should; it counts as the worst then.
    pub note: Option<String>,
    /// What the comparison cost, in micro-USD.
    pub cost: i64,
    /// Both answers, where they may be kept.
    pub answers: Option<[String; 2]>,
    /// Until when request and answers may be kept; none: not at all.
    pub bodies_until: Option<Micros>,
}

/// A comparison, as it stands in its series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Its place.
    pub number: i64,
    /// When the request came.
    pub time: Micros,
    /// Id of the trace.
    pub trace: String,
    /// A hash of what conversation it is part of.
    pub conversation: i64,
    /// Whether the small model's answer was given.
    pub local: bool,
    /// The policy that was in force; 0 is none.
    pub version: i64,
    /// As judged.
    pub signals: String,
    /// As judged.
    pub small: f64,
    /// As judged.
    pub large: f64,
    /// Who judged.
    pub judge: String,
    /// As judged.
    pub note: Option<String>,
}

/// A comparison in which the small model's answer was no worse than the large one's, with texts as they are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreed {
    /// Id of the trace.
    pub trace: String,
    /// The request, as JSON.
    pub request: String,
    /// The large model's answer.
    pub answer: String,
}

/// How a series stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// When it began.
    pub began: Micros,
    /// Comparisons.
    pub n: i64,
    /// Of these, how many are judged.
    pub n_judged: i64,
    /// What they cost, in micro-USD.
    pub cost: i64,
}

const JUDGED: &str =
    "number, time, trace_id, conversation, local, version, signals, small_score, large_score, judge, note";
const OPEN: &str =
    "number, time, trace_id, conversation, local, version, request, small, large, tries, cost, claimed_until";

/// Appends `audits` to their series, in the order of the series' names, so that two replicas never wait for each other.
pub(crate) async fn append(c: &mut AnyConnection, now: Micros, audits: &[Audit]) -> sqlx::Result<()> {
    let mut audits: Vec<_> = audits.iter().collect();
    audits.sort_by(|a, b| (&a.route, &a.setting).cmp(&(&b.route, &b.setting)));
    for audit in audits {
        // the row is locked until the commit: numbers are seen in their order, and none is left out
        let sql = "INSERT INTO series (route, setting, began, n) VALUES ($1, $2, $3, 1)
            ON CONFLICT (route, setting) DO UPDATE SET n = series.n + 1 RETURNING n";
        let cells = [Cell::from(&audit.route), (&audit.setting).into(), now.into()];
        let number: i64 = Reader::new(&query(sql.to_owned(), cells).fetch_one(&mut *c).await?).next()?;
        let bytes = |text: &Option<String>| Cell::Bytes(text.clone().map(String::into_bytes));
        let sql = "INSERT INTO audits (route, setting, number, time, trace_id, conversation, local, version, request,
                small, large, claimed_until, tries, small_score, large_score, cost)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $12, 0)";
        let cells = [
            Cell::from(&audit.route),
            (&audit.setting).into(),
            number.into(),
            audit.time.into(),
            (&audit.trace).into(),
            audit.conversation.into(),
            i64::from(audit.local).into(),
            audit.version.into(),
            Cell::Bytes(Some(audit.request.clone().into_bytes())),
            bytes(&audit.small),
            bytes(&audit.large),
            Cell::Real(-1.0),
        ];
        query(sql.to_owned(), cells).execute(&mut *c).await?;
    }
    Ok(())
}

impl Ledger {
    /// Up to `n` comparisons of a series that wait for somebody, the oldest first: they are ours until `until`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn claim_audits(&self, route: &str, setting: &str, n: u16, until: Micros) -> Result<Vec<Audit>> {
        let skip = Database::skip_locked(self.database.sqlite);
        let sql = format!(
            "UPDATE audits SET claimed_until = $3, tries = tries + 1
             WHERE route = $1 AND setting = $2 AND number IN (
                SELECT number FROM audits WHERE route = $1 AND setting = $2 AND judged IS NULL AND claimed_until <= $4
                ORDER BY number LIMIT {n} {skip})
             RETURNING {OPEN}"
        );
        let cells = [Cell::from(route), setting.into(), until.into(), self.shared.now().into()];
        let rows = query(sql, cells).fetch_all(&self.database.pool).await?;
        let mut audits = rows.iter().map(|row| open(row, route, setting)).collect::<sqlx::Result<Vec<_>>>()?;
        audits.sort_by_key(|audit| audit.number);
        Ok(audits)
    }

    /// Keeps a comparison for whoever has claimed it until `claimed_until`, up to `until`; false when it is judged, or
    /// somebody else's by now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn renew_audit(
        &self,
        [route, setting]: [&str; 2],
        number: i64,
        claimed_until: Micros,
        until: Micros,
    ) -> Result<bool> {
        let sql = "UPDATE audits SET claimed_until = $5
            WHERE route = $1 AND setting = $2 AND number = $3 AND claimed_until = $4 AND judged IS NULL";
        let cells = [route.into(), setting.into(), number.into(), claimed_until.into(), Cell::from(until)];
        Ok(query(sql.to_owned(), cells).execute(&self.database.pool).await?.rows_affected() == 1)
    }

    /// Leaves a comparison to whoever comes after `until`, with the answers that are known by now, what they cost, and as
    /// many tries as it says.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_off(&self, audit: &Audit, until: Micros) -> Result<()> {
        let sql = "UPDATE audits SET claimed_until = $4, small = $5, large = $6, tries = $7, cost = $8
            WHERE route = $1 AND setting = $2 AND number = $3 AND judged IS NULL";
        let bytes = |text: &Option<String>| Cell::Bytes(text.clone().map(String::into_bytes));
        let cells = [
            Cell::from(&audit.route),
            (&audit.setting).into(),
            audit.number.into(),
            until.into(),
            bytes(&audit.small),
            bytes(&audit.large),
            audit.tries.into(),
            audit.cost.into(),
        ];
        query(sql.to_owned(), cells).execute(&self.database.pool).await?;
        Ok(())
    }

    /// Reserves `cost`, in micro-USD, for a comparison, unless those of its route, whatever their setting, that were judged
    /// since `since`, and those that wait, would cost more than `most` with it: exact over all replicas.
    ///
    /// # Errors
    /// `Database`.
    pub async fn reserve_audit(&self, audit: &Audit, cost: i64, most: i64, since: Micros) -> Result<bool> {
        let names = [Cell::from(&audit.route), (&audit.setting).into()];
        let mut connection = self.database.pool.acquire().await?;
        let mut tx = self.database.begin(&mut connection).await?;
        let sql = self.database.dialect("SELECT n FROM series WHERE route = $1 ORDER BY setting {lock}");
        query(sql, [Cell::from(&audit.route)]).fetch_all(&mut *tx).await?;
        // two sums, as each has an index of its own
        let sql = "SELECT CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM (
                SELECT cost FROM audits WHERE route = $1 AND (setting <> $2 OR number <> $3) AND judged IS NULL
                UNION ALL
                SELECT cost FROM audits WHERE route = $1 AND (setting <> $2 OR number <> $3) AND judged >= $4) AS taken";
        let cells = names.clone().into_iter().chain([audit.number.into(), since.into()]);
        let spent: i64 = Reader::new(&query(sql.to_owned(), cells).fetch_one(&mut *tx).await?).next()?;
        if spent.saturating_add(cost) > most {
            tx.rollback().await?;
            return Ok(false);
        }
        let sql = "UPDATE audits SET cost = $4 WHERE route = $1 AND setting = $2 AND number = $3 AND judged IS NULL";
        let cells = names.into_iter().chain([audit.number.into(), cost.into()]);
        query(sql.to_owned(), cells).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Writes down what came of a comparison; false when somebody else had done so.
    ///
    /// # Errors
    /// `Input` for scores that are not from 0 to 1, `Database`.
    pub async fn judge_audit(&self, audit: &Audit, judgement: Judgement) -> Result<bool> {
        let Judgement { signals, small, large, judge, note, cost, answers, bodies_until } = judgement;
        if ![small, large].iter().all(|score| (0.0..=1.0).contains(score)) {
            return Err(Error::input("audit: scores from 0 to 1 are expected"));
        }
        let [small_answer, large_answer] = answers.map_or([None, None], |both| both.map(Some));
        let bytes = |text: Option<String>| Cell::Bytes(text.filter(|_| bodies_until.is_some()).map(String::into_bytes));
        let request = bodies_until.map(|_| audit.request.clone());
        let sql = "UPDATE audits SET judged = $4, signals = $5, small_score = $6, large_score = $7, judge = $8,
                note = $9, cost = $10, bodies_until = $11, request = $12, small = $13, large = $14
            WHERE route = $1 AND setting = $2 AND number = $3 AND judged IS NULL";
        let cells = [
            Cell::from(&audit.route),
            (&audit.setting).into(),
            audit.number.into(),
            self.shared.now().into(),
            (&signals).into(),
            Cell::Real(small),
            Cell::Real(large),
            (&judge).into(),
            (&note).into(),
            cost.into(),
            bodies_until.into(),
            bytes(request),
            bytes(small_answer),
            bytes(large_answer),
        ];
        Ok(query(sql.to_owned(), cells).execute(&self.database.pool).await?.rows_affected() == 1)
    }

    /// Up to `n` comparisons of a series after number `after`, in their order, up to the first that is not judged.
    ///
    /// # Errors
    /// `Database`.
    pub async fn judged(&self, route: &str, setting: &str, after: i64, n: u16) -> Result<Vec<Judged>> {
        let sql = format!(
            "SELECT judged, {JUDGED} FROM audits WHERE route = $1 AND setting = $2 AND number > $3
             ORDER BY number LIMIT {n}"
        );
        let rows = query(sql, [route.into(), setting.into(), after.into()]).fetch_all(&self.database.pool).await?;
        let mut all = Vec::new();
        for row in &rows {
            let mut row = Reader::new(row);
            if row.next::<Option<i64>>()?.is_none() {
                break;
            }
            all.push(judged(&mut row)?);
        }
        Ok(all)
    }

    /// Up to `n` judged comparisons of a series after number `after` of which somebody has said something, with both
    /// answers where they are kept: the small model's as it was put off, and the large one's.
    ///
    /// # Errors
    /// `Database`.
    pub async fn judged_twice(
        &self,
        route: &str,
        setting: &str,
        after: i64,
        n: u16,
    ) -> Result<Vec<(Judged, Option<[String; 2]>)>> {
        let sql = format!(
            "SELECT {JUDGED}, small, large FROM audits a WHERE route = $1 AND setting = $2 AND number > $3
                AND judged IS NOT NULL AND EXISTS (SELECT 1 FROM feedback f WHERE f.trace_id = a.trace_id)
             ORDER BY number LIMIT {n}"
        );
        let rows = query(sql, [route.into(), setting.into(), after.into()]).fetch_all(&self.database.pool).await?;
        let read = |row: &AnyRow| {
            let mut row = Reader::new(row);
            let judged = judged(&mut row)?;
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let (small, large) = (row.next::<Option<Vec<u8>>>()?, row.next::<Option<Vec<u8>>>()?);
            Ok((judged, small.zip(large).map(|(small, large)| [text(small), text(large)])))
        };
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// Up to `n` of the last comparisons of a series that were judged, without loss and without doubt, and whose texts are
    /// kept, the newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn agreed(&self, route: &str, setting: &str, n: u16) -> Result<Vec<Agreed>> {
        let sql = format!(
            "SELECT trace_id, request, large FROM audits WHERE route = $1 AND setting = $2 AND judged IS NOT NULL
                AND note IS NULL AND large_score > 0 AND small_score >= large_score
                AND request IS NOT NULL AND large IS NOT NULL
             ORDER BY number DESC LIMIT {n}"
        );
        let rows = query(sql, [route.into(), setting.into()]).fetch_all(&self.database.pool).await?;
        let read = |row: &AnyRow| {
            let mut row = Reader::new(row);
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            Ok(Agreed { trace: row.next()?, request: text(row.next()?), answer: text(row.next()?) })
        };
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// The comparisons of an answer that are not judged yet, whoever has claimed them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_audits_of(&self, trace: &str) -> Result<Vec<Audit>> {
        let sql = format!("SELECT {OPEN}, route, setting FROM audits WHERE trace_id = $1 AND judged IS NULL");
        let rows = query(sql, [trace.into()]).fetch_all(&self.database.pool).await?;
        let read = |row: &AnyRow| {
            let mut names = Reader::at(row, OPEN.split(", ").count());
            open(row, &names.next::<String>()?, &names.next::<String>()?)
        };
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// How a series stands; what its comparisons cost is counted from `since`, with what is reserved for those that wait.
    ///
    /// # Errors
    /// `Database`.
    pub async fn series(&self, route: &str, setting: &str, since: Micros) -> Result<Series> {
        // asked every second: what is counted are those that wait and those of today, however many there are in all
        let sql = "SELECT began, n,
                n - (SELECT COUNT(*) FROM audits a WHERE a.route = $1 AND a.setting = $2 AND a.judged IS NULL),
                (SELECT CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM audits a
                    WHERE a.route = $1 AND a.setting = $2 AND a.judged IS NULL)
                + (SELECT CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM audits a
                    WHERE a.route = $1 AND a.setting = $2 AND a.judged >= $3)
            FROM series WHERE route = $1 AND setting = $2";
        let cells = [route.into(), setting.into(), Cell::from(since)];
        let Some(row) = query(sql.to_owned(), cells).fetch_optional(&self.database.pool).await? else {
            return Ok(Series::default());
        };
        let mut row = Reader::new(&row);
        Ok(Series { began: row.next()?, n: row.next()?, n_judged: row.next()?, cost: row.next()? })
    }

    /// The setting of the series of `route` that was begun last.
    ///
    /// # Errors
    /// `Database`.
    pub async fn last_setting(&self, route: &str) -> Result<Option<String>> {
        let sql = "SELECT setting FROM series WHERE route = $1 ORDER BY began DESC LIMIT 1";
        let row = query(sql.to_owned(), [route.into()]).fetch_optional(&self.database.pool).await?;
        Ok(row.map(|row| Reader::new(&row).next()).transpose()?)
    }

    /// Begins the series `setting` of `route` with `audits`, where there is none; true if there was none. Whoever ends
    /// amid that has begun nothing.
    ///
    /// # Errors
    /// `Database`.
    pub async fn begin_series(&self, route: &str, setting: &str, audits: Vec<Audit>) -> Result<bool> {
        let now = self.shared.now();
        let mut connection = self.database.pool.acquire().await?;
        let mut tx = self.database.begin(&mut connection).await?;
        let sql = "INSERT INTO series (route, setting, began, n) VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING";
        let cells = [route.into(), setting.into(), Cell::from(now)];
        if query(sql.to_owned(), cells).execute(&mut *tx).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        let here = |audit| Audit { route: route.to_owned(), setting: setting.to_owned(), ..audit };
        append(&mut tx, now, &audits.into_iter().map(here).collect::<Vec<_>>()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Up to `n` of the last comparisons of `route` in other settings whose request is still kept, whatever came of them,
    /// each request once, the oldest first: they can be compared anew.
    ///
    /// # Errors
    /// `Database`.
    pub async fn replayable(&self, route: &str, setting: &str, n: u16) -> Result<Vec<Audit>> {
        // a request that was compared in several settings is one request all the same; clients choose ids, and may twice
        let sql = format!(
            "SELECT {OPEN}, setting FROM (
                SELECT {OPEN}, setting, ROW_NUMBER() OVER (PARTITION BY trace_id, time
                    ORDER BY CASE WHEN large IS NULL THEN 1 ELSE 0 END, setting, number) AS place
                FROM audits WHERE route = $1 AND setting <> $2 AND request IS NOT NULL) AS kept
             WHERE place = 1 ORDER BY time DESC, trace_id DESC LIMIT {n}"
        );
        let rows = query(sql, [route.into(), setting.into()]).fetch_all(&self.database.pool).await?;
        let read = |row: &AnyRow| open(row, route, &Reader::at(row, OPEN.split(", ").count()).next::<String>()?);
        Ok(rows.iter().rev().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// Keeps `policy` as version `version` of a series, unless there is one: gives the one that is in force.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_policy(&self, route: &str, setting: &str, version: i64, policy: &str) -> Result<String> {
        let sql = "INSERT INTO policies (route, setting, version, time, policy) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING";
        let now = self.shared.now();
        let cells = [route.into(), setting.into(), version.into(), now.into(), Cell::from(policy)];
        query(sql.to_owned(), cells).execute(&self.database.pool).await?;
        let kept = self.policy(route, setting, version).await?;
        kept.ok_or_else(|| Error::new(crate::Kind::Database, "ledger database: a policy was written and is not there"))
    }

    /// Version `version` of what was learned from a series.
    ///
    /// # Errors
    /// `Database`.
    pub async fn policy(&self, route: &str, setting: &str, version: i64) -> Result<Option<String>> {
        let sql = "SELECT policy FROM policies WHERE route = $1 AND setting = $2 AND version = $3";
        let cells = [route.into(), setting.into(), Cell::from(version)];
        let row = query(sql.to_owned(), cells).fetch_optional(&self.database.pool).await?;
        Ok(row.map(|row| Reader::new(&row).next()).transpose()?)
    }
}

impl Judged {
    /// The hash of a series up to this comparison, from the hash up to the one before, so that whoever has the
    /// comparisons can prove which ones a statement rests on: SHA-256 over `before` and all that is judged here.
    pub fn chain(&self, before: &str) -> String {
        let Self { number, time, trace, conversation, local, version, signals, small, large, judge, note } = self;
        let fields = serde_json::json!([
            before,
            number,
            time,
            trace,
            conversation,
            local,
            version,
            signals,
            small,
            large,
            judge,
            note
        ]);
        hex(&Sha256::digest(fields.to_string()))
    }
}

/// The hash of a series after version `number` of what is learned from it was put on trial, from the hash up to there: who
/// changes a policy changes what a statement rests on.
pub fn chain_policy(before: &str, number: u32, policy: &str) -> String {
    hex(&Sha256::digest(serde_json::json!([before, number, policy]).to_string()))
}

fn open(row: &AnyRow, route: &str, setting: &str) -> sqlx::Result<Audit> {
    let mut row = Reader::new(row);
    let text = |bytes: Option<Vec<u8>>| bytes.map(|b| String::from_utf8_lossy(&b).into_owned());
    Ok(Audit {
        route: route.to_owned(),
        setting: setting.to_owned(),
        number: row.next()?,
        time: row.next()?,
        trace: row.next()?,
        conversation: row.next()?,
        local: row.next::<i64>()? != 0,
        version: row.next()?,
        request: text(row.next()?).unwrap_or_default(),
        small: text(row.next()?),
        large: text(row.next()?),
        tries: row.next()?,
        cost: row.next()?,
        claimed_until: row.next()?,
    })
}

fn judged(row: &mut Reader<'_>) -> sqlx::Result<Judged> {
    Ok(Judged {
        number: row.next()?,
        time: row.next()?,
        trace: row.next()?,
        conversation: row.next()?,
        local: row.next::<i64>()? != 0,
        version: row.next()?,
        signals: row.next::<Option<String>>()?.unwrap_or_default(),
        small: row.next()?,
        large: row.next()?,
        judge: row.next::<Option<String>>()?.unwrap_or_default(),
        note: row.next()?,
    })
}
