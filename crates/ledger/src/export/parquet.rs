//! Traces as a Parquet table: each page of them a group of rows, every column optional.
use crate::{
    Trace,
    cells::Cell,
    trace::{COLUMNS, Column},
};
use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    errors::Result,
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::Type,
};
use std::{io::Write, sync::Arc};

/// A file under way.
pub(crate) struct Table<W: Write + Send>(SerializedFileWriter<W>);

impl<W: Write + Send> Table<W> {
    pub(crate) fn new(out: W) -> Result<Self> {
        let fields = COLUMNS.iter().map(|(name, column)| field(name, *column).map(Arc::new)).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("traces").with_fields(fields).build()?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        Ok(Self(SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?))
    }

    pub(crate) fn write(&mut self, traces: &[Trace]) -> Result<()> {
        let mut columns: Vec<Vec<Cell>> = COLUMNS.iter().map(|_| Vec::with_capacity(traces.len())).collect();
        for trace in traces {
            columns.iter_mut().zip(trace.cells()).for_each(|(column, cell)| column.push(cell));
        }
        let mut group = self.0.next_row_group()?;
        for ((_, kind), cells) in COLUMNS.iter().zip(columns) {
            match kind {
                Column::Time | Column::Int => write::<Int64Type>(&mut group, cells, int)?,
                Column::Real => write::<DoubleType>(&mut group, cells, real)?,
                Column::Text | Column::Bytes => write::<ByteArrayType>(&mut group, cells, bytes)?,
            }
        }
        group.close()?;
        Ok(())
    }

    pub(crate) fn end(self) -> Result<()> {
        self.0.close().map(drop)
    }
}

fn field(name: &str, column: Column) -> Result<Type> {
    let (physical, logical) = match column {
        Column::Time => {
            let unit = TimeUnit::MICROS;
            (Physical::INT64, Some(LogicalType::timestamp(true, unit)))
        }
        Column::Int => (Physical::INT64, None),
        Column::Real => (Physical::DOUBLE, None),
        // what was said is text as well, though the database keeps it as bytes
        Column::Text | Column::Bytes => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let builder = Type::primitive_type_builder(name, physical);
    builder.with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build()
}

/// Writes one column: the values that are there, and for each row whether it has one.
fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    cells: Vec<Cell>,
    value: fn(Cell) -> Option<T::T>,
) -> Result<()> {
    let values: Vec<_> = cells.into_iter().map(value).collect();
    let there: Vec<_> = values.iter().map(|v| i16::from(v.is_some())).collect();
    let values: Vec<_> = values.into_iter().flatten().collect();
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(&values, Some(&there), None)?;
        column.close()?;
    }
    Ok(())
}

fn int(cell: Cell) -> Option<i64> {
    if let Cell::Int(value) = cell { value } else { None }
}

/// A negative number stands for none.
fn real(cell: Cell) -> Option<f64> {
    if let Cell::Real(value) = cell { Some(value).filter(|v| *v >= 0.0) } else { None }
}

fn bytes(cell: Cell) -> Option<ByteArray> {
    match cell {
        Cell::Text(value) => value.map(|v| ByteArray::from(v.into_bytes())),
        Cell::Bytes(value) => value.map(ByteArray::from),
        Cell::Int(_) | Cell::Real(_) => None,
    }
}
