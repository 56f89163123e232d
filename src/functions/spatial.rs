//! Functions of shapes: from and to well-known binary, and their reference systems. Shapes themselves are not looked into.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BinaryViewArray, BinaryViewBuilder};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::logical_expr::{ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;

use super::{Arguments, Call, Family, Function, Kernel, Typed};
use crate::error::Result;
use crate::types::DataType;
use crate::types::spatial::{HEADER, Spatial, SpatialKind, srid, wkb};

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "st_asbinary",
        Family::Spatial,
        bind_as_binary,
        "st_asbinary(geo) - Returns the geospatial value (value of type GEOGRAPHY or GEOMETRY) in WKB format.",
        &[
            "SELECT hex(st_asbinary(st_geogfromwkb(X'0101000000000000000000F03F0000000000000040')))",
            "SELECT hex(st_asbinary(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040')))",
        ],
    ),
    Function::scalar(
        "st_geogfromwkb",
        Family::Spatial,
        |call| bind_from_wkb(call, SpatialKind::Geography),
        "st_geogfromwkb(wkb) - Parses the WKB description of a geography and returns the corresponding GEOGRAPHY value.",
        &["SELECT hex(st_asbinary(st_geogfromwkb(X'0101000000000000000000F03F0000000000000040')))"],
    ),
    Function::scalar(
        "st_geomfromwkb",
        Family::Spatial,
        |call| bind_from_wkb(call, SpatialKind::Geometry),
        "st_geomfromwkb(wkb) - Parses the WKB description of a geometry and returns the corresponding GEOMETRY value.",
        &["SELECT hex(st_asbinary(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040')))"],
    ),
    Function::scalar(
        "st_setsrid",
        Family::Spatial,
        bind_set_srid,
        "st_setsrid(geo, srid) - Returns a new GEOGRAPHY or GEOMETRY value whose SRID is the specified SRID value.",
        &[
            "SELECT st_srid(st_setsrid(ST_GeogFromWKB(X'0101000000000000000000F03F0000000000000040'), 4326))",
            "SELECT st_srid(st_setsrid(ST_GeomFromWKB(X'0101000000000000000000F03F0000000000000040'), 3857))",
        ],
    ),
    Function::scalar(
        "st_srid",
        Family::Spatial,
        bind_srid,
        "st_srid(geo) - Returns the SRID of the input GEOGRAPHY or GEOMETRY value.",
        &[
            "SELECT st_srid(st_geogfromwkb(X'0101000000000000000000F03F0000000000000040'))",
            "SELECT st_srid(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'))",
            "SELECT st_srid(NULL)",
        ],
    ),
];

static AS_BINARY: Kernel = Kernel::new("st_asbinary", as_binary);
static FROM_WKB: Kernel = Kernel::new("st_fromwkb", from_wkb);
static SET_SRID: Kernel = Kernel::new("st_setsrid", set_srid).fallible();
static SRID: Kernel = Kernel::new("st_srid", srids);

pub static KERNELS: &[&Kernel] = &[&AS_BINARY, &FROM_WKB, &SET_SRID, &SRID];

/// The first argument, which must be a shape, and its type.
fn shape(call: &Call<'_>) -> Result<(Typed, Spatial)> {
    match &call.argument(0).data_type {
        DataType::Spatial(spatial) => Ok((call.argument(0).clone(), *spatial)),
        DataType::Null => {
            let spatial = Spatial { kind: SpatialKind::Geography, srid: None };
            Ok((call.to(call.argument(0).clone(), &DataType::Spatial(spatial))?, spatial))
        }
        _ => Err(call.unexpected_type(0, "(\"GEOGRAPHY\" or \"GEOMETRY\")")),
    }
}

fn bind_as_binary(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let (shape, _) = shape(call)?;
    let nullable = shape.nullable;
    Ok(call.kernel(&AS_BINARY, vec![shape], DataType::Binary, nullable))
}

fn bind_srid(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let (shape, _) = shape(call)?;
    let nullable = shape.nullable;
    Ok(call.kernel(&SRID, vec![shape], DataType::Int, nullable))
}

fn bind_from_wkb(call: &Call<'_>, kind: SpatialKind) -> Result<Typed> {
    call.count(1..=1)?;
    let bytes = call.cast(0, &DataType::Binary)?;
    let nullable = bytes.nullable;
    let returns = DataType::Spatial(Spatial { kind, srid: Some(kind.default_srid()) });
    Ok(call.kernel(&FROM_WKB, vec![bytes], returns, nullable))
}

/// The type tells the SRID if it is written as a number.
fn bind_set_srid(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let (shape, Spatial { kind, .. }) = shape(call)?;
    let srid = match &call.argument(1).expr {
        Expr::Literal(ScalarValue::Int32(srid), _) => *srid,
        _ => None,
    };
    let spatial = Spatial::new(kind, srid).map_err(|error| error.at(call.span))?;
    let number = call.cast(1, &DataType::Int)?;
    let nullable = shape.nullable || number.nullable;
    Ok(call.kernel(&SET_SRID, vec![shape, number], DataType::Spatial(spatial), nullable))
}

fn as_binary(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    Ok(ColumnarValue::Array(wkb(&arguments.array(0)?)?))
}

fn srids(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let shapes = arguments.array(0)?;
    let shapes = shapes.as_binary_view();
    arguments.compute::<Int32Type>(|row| shapes.is_valid(row).then(|| srid(shapes.value(row))))
}

fn from_wkb(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let number = match arguments.parameters.returns {
        DataType::Spatial(Spatial { kind, .. }) => kind.default_srid(),
        _ => 0,
    };
    let bytes = arguments.array(0)?;
    with_srids(bytes.as_binary_view(), 0, |_| Ok(Some(number)))
}

fn set_srid(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let DataType::Spatial(Spatial { kind, .. }) = arguments.parameters.returns else { return arguments.nulls() };
    let (shapes, numbers) = (arguments.array(0)?, arguments.values_of::<Int32Type>(1)?);
    with_srids(shapes.as_binary_view(), HEADER, |row| match numbers.get(row) {
        Some(number) => kind.check_srid(number).map(|()| Some(number)),
        None => Ok(None),
    })
}

/// Values without their first bytes, each with an SRID in front.
fn with_srids(
    values: &BinaryViewArray,
    skip: usize,
    mut number_of: impl FnMut(usize) -> Result<Option<i32>>,
) -> Result<ColumnarValue> {
    let mut shapes = BinaryViewBuilder::with_capacity(values.len());
    let mut shape: Vec<u8> = Vec::new();
    for (row, value) in values.iter().enumerate() {
        let (Some(value), Some(number)) = (value, if value.is_some() { number_of(row)? } else { None }) else {
            shapes.append_null();
            continue;
        };
        shape.clear();
        shape.extend_from_slice(&number.to_le_bytes());
        shape.extend_from_slice(value.get(skip..).unwrap_or_default());
        shapes.append_value(&shape);
    }
    Ok(ColumnarValue::Array(Arc::new(shapes.finish())))
}
