//! What each function does about the collations of its arguments: which of them meet in one, which collations it takes,
//! and whose its result has.

use datafusion::logical_expr::{Expr, Operator, binary_expr};
use datafusion::scalar::ScalarValue;

use super::meeting::{Meeting, meet};
use super::{indeterminate, strings};
use crate::error::{Error, INDETERMINATE_COLLATION_IN_EXPRESSION, Result};
use crate::functions::{Call, Kernel, Typed};
use crate::types::{Collation, DataType};

/// Which arguments meet in one collation.
#[derive(Debug, Clone, Copy)]
enum Meets {
    None,
    All,
    From(usize),
    Only(&'static [usize]),
    /// Keys with keys, values with values.
    Pairs,
}

/// Which collations the arguments may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Any,
    /// Not those that mind case but not accents.
    Searchable,
    /// What regular expressions can do: UTF8_BINARY and UTF8_LCASE.
    Patterns,
}

/// What strings of a collation need that their bytes do not tell.
#[derive(Debug, Clone, Copy)]
enum Minds {
    /// Nothing.
    Nothing,
    /// Another kernel, for every collation but UTF8_BINARY.
    Kernel(&'static Kernel),
    /// Another kernel for the collations of Unicode only.
    UnicodeKernel(&'static Kernel),
    /// The arguments are patterns, which ignore case if the collation does.
    PatternsAt(&'static [usize]),
    /// The arguments are compared or sorted by their keys, which the kernel sees to.
    Keys,
}

/// The rules of one function.
#[derive(Debug)]
struct Rule {
    name: &'static str,
    meets: Meets,
    takes: Takes,
    /// The argument whose collation the strings of the result have.
    keeps: Option<usize>,
    /// Whether strings that have no determined collation may be given.
    undetermined: bool,
    minds: Minds,
}

const fn rule(name: &'static str, meets: Meets) -> Rule {
    Rule { name, meets, takes: Takes::Any, keeps: None, undetermined: false, minds: Minds::Nothing }
}

impl Rule {
    const fn keeps(mut self, argument: usize) -> Self {
        self.keeps = Some(argument);
        self
    }

    const fn searches(mut self, kernel: &'static Kernel) -> Self {
        self.takes = Takes::Searchable;
        self.minds = Minds::Kernel(kernel);
        self
    }

    const fn patterns(mut self, at: &'static [usize]) -> Self {
        self.takes = Takes::Patterns;
        self.minds = Minds::PatternsAt(at);
        self
    }

    const fn minds(mut self, minds: Minds) -> Self {
        self.minds = minds;
        self
    }

    const fn undetermined(mut self) -> Self {
        self.undetermined = true;
        self
    }
}

static RULES: &[Rule] = &[
    rule("contains", Meets::All).searches(&strings::CONTAINS),
    rule("startswith", Meets::All).searches(&strings::STARTS_WITH),
    rule("endswith", Meets::All).searches(&strings::ENDS_WITH),
    rule("instr", Meets::All).searches(&strings::INSTR),
    rule("locate", Meets::Only(&[0, 1])).searches(&strings::LOCATE),
    rule("find_in_set", Meets::All).minds(Minds::Kernel(&strings::FIND_IN_SET)),
    rule("replace", Meets::All).searches(&strings::REPLACE).keeps(0),
    rule("translate", Meets::All).searches(&strings::TRANSLATE).keeps(0),
    rule("substring_index", Meets::Only(&[0, 1])).searches(&strings::SUBSTRING_INDEX).keeps(0),
    rule("split_part", Meets::Only(&[0, 1])).searches(&strings::SPLIT_PART).keeps(0),
    rule("trim", Meets::All).searches(&strings::TRIM).keeps(0),
    rule("ltrim", Meets::All).searches(&strings::LTRIM).keeps(0),
    rule("rtrim", Meets::All).searches(&strings::RTRIM).keeps(0),
    rule("btrim", Meets::All).searches(&strings::BTRIM).keeps(0),
    rule("upper", Meets::None).minds(Minds::UnicodeKernel(&strings::UPPER)).keeps(0).undetermined(),
    rule("lower", Meets::None).keeps(0).undetermined(),
    rule("initcap", Meets::None).minds(Minds::Kernel(&strings::INITCAP)).keeps(0),
    rule("levenshtein", Meets::Only(&[0, 1])).undetermined(),
    rule("concat", Meets::All).keeps(0).undetermined(),
    rule("concat_ws", Meets::All).keeps(0).undetermined(),
    rule("elt", Meets::From(1)).keeps(1).undetermined(),
    rule("overlay", Meets::Only(&[0, 1])).keeps(0).undetermined(),
    rule("lpad", Meets::Only(&[0, 2])).keeps(0).undetermined(),
    rule("rpad", Meets::Only(&[0, 2])).keeps(0).undetermined(),
    rule("mask", Meets::All).keeps(0).undetermined(),
    rule("substring", Meets::None).keeps(0).undetermined(),
    rule("left", Meets::None).keeps(0).undetermined(),
    rule("right", Meets::None).keeps(0).undetermined(),
    rule("repeat", Meets::None).keeps(0).undetermined(),
    rule("reverse", Meets::None).keeps(0).undetermined(),
    rule("make_valid_utf8", Meets::None).keeps(0).undetermined(),
    rule("validate_utf8", Meets::None).keeps(0).undetermined(),
    rule("try_validate_utf8", Meets::None).keeps(0).undetermined(),
    rule("sentences", Meets::None).keeps(0).undetermined(),
    rule("format_string", Meets::None).keeps(0).undetermined(),
    rule("hex", Meets::None).keeps(0).undetermined(),
    rule("conv", Meets::None).keeps(0).undetermined(),
    rule("to_number", Meets::All).undetermined(),
    rule("try_to_number", Meets::All).undetermined(),
    rule("regexp_replace", Meets::Only(&[0, 1, 2])).patterns(&[1]).keeps(0),
    rule("regexp_extract", Meets::None).patterns(&[1]).keeps(0),
    rule("regexp_extract_all", Meets::None).patterns(&[1]).keeps(0),
    rule("regexp_substr", Meets::None).patterns(&[1]).keeps(0),
    rule("regexp_count", Meets::None).patterns(&[1]),
    rule("regexp_instr", Meets::None).patterns(&[1]),
    rule("rlike", Meets::None).patterns(&[1]),
    rule("split", Meets::None).patterns(&[1]).keeps(0),
    rule("str_to_map", Meets::All).minds(Minds::PatternsAt(&[1, 2])).keeps(0),
    rule("json_tuple", Meets::None).keeps(0),
    rule("coalesce", Meets::All).undetermined(),
    rule("nvl", Meets::All).undetermined(),
    rule("ifnull", Meets::All).undetermined(),
    rule("nullif", Meets::All).minds(Minds::Keys),
    rule("equal_null", Meets::All).minds(Minds::Keys),
    rule("greatest", Meets::All).minds(Minds::Keys),
    rule("least", Meets::All).minds(Minds::Keys),
    rule("lag", Meets::Only(&[0, 2])).undetermined(),
    rule("lead", Meets::Only(&[0, 2])).undetermined(),
    rule("nvl2", Meets::Only(&[1, 2])).undetermined(),
    rule("if", Meets::Only(&[1, 2])).undetermined(),
    rule("array", Meets::All).undetermined(),
    rule("array_append", Meets::All).undetermined(),
    rule("array_prepend", Meets::All).undetermined(),
    rule("array_join", Meets::All).keeps(0).undetermined(),
    rule("map", Meets::Pairs).minds(Minds::Keys),
    rule("array_contains", Meets::All).minds(Minds::Keys),
    rule("array_position", Meets::All).minds(Minds::Keys),
    rule("array_remove", Meets::All).minds(Minds::Keys),
    rule("array_union", Meets::All).minds(Minds::Keys),
    rule("array_intersect", Meets::All).minds(Minds::Keys),
    rule("array_except", Meets::All).minds(Minds::Keys),
    rule("arrays_overlap", Meets::All).minds(Minds::Keys),
];

fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// Lets the arguments of a call meet that do.
///
/// # Errors
/// `COLLATION_MISMATCH.EXPLICIT`.
pub fn meet_arguments(function: &str, arguments: &mut [Typed]) -> Result<Meeting> {
    if !arguments.iter().any(|argument| argument.data_type.is_collated()) {
        return Ok(Meeting::Plain);
    }
    let Some(rule) = find(function) else { return Ok(Meeting::Settled) };
    let places: Vec<Vec<usize>> = match rule.meets {
        Meets::None => Vec::new(),
        Meets::All => vec![(0..arguments.len()).collect()],
        Meets::From(first) => vec![(first..arguments.len()).collect()],
        Meets::Only(places) => vec![places.iter().copied().filter(|place| *place < arguments.len()).collect()],
        Meets::Pairs => vec![(0..arguments.len()).step_by(2).collect(), (1..arguments.len()).step_by(2).collect()],
    };
    let mut outcome = Meeting::Settled;
    for places in places {
        let mut together: Vec<Typed> = places.iter().map(|place| arguments[*place].clone()).collect();
        if meet(&mut together)? == Meeting::Indeterminate {
            outcome = Meeting::Indeterminate;
        }
        for (place, argument) in places.into_iter().zip(together) {
            arguments[place] = argument;
        }
    }
    Ok(outcome)
}

/// Binds a call with collated arguments; `plain` binds it as if there were no collations.
///
/// # Errors
/// Collations that the function does not take, and those of `plain`.
pub fn bind(call: &Call<'_>, plain: &dyn Fn(&Call<'_>) -> Result<Typed>) -> Result<Typed> {
    let name = call.function.name;
    let Some(rule) = find(name) else { return plain(call) };
    let mut arguments = call.arguments.to_vec();
    let meeting = meet_arguments(name, &mut arguments).map_err(|error| error.at(call.span))?;
    if meeting == Meeting::Indeterminate && !rule.undetermined {
        if name == "str_to_map" {
            return Err(indeterminate().at(call.span));
        }
        return Err(Error::new(
            &INDETERMINATE_COLLATION_IN_EXPRESSION,
            format!(
                "Data type of \"{}\" has indeterminate collation. Use COLLATE clause to set the collation explicitly",
                call.text()
            ),
        )
        .at(call.span));
    }
    for (n, argument) in arguments.iter().enumerate() {
        let refused = |collation: Collation| match rule.takes {
            Takes::Any => name == "str_to_map" && minds_case_only(collation),
            Takes::Searchable => minds_case_only(collation),
            Takes::Patterns => collation != Collation::LOWER_CASE,
        };
        if argument.data_type.is_string() && argument.data_type.collations().any(refused) {
            let met = Call { arguments: &arguments, ..*call };
            return Err(met.unexpected_type(n, "\"STRING\""));
        }
    }
    let kept = rule.keeps.and_then(|n| arguments.get(n));
    // What is no string yet becomes one of the collation of the others.
    let collation = match kept.map(|argument| string_of(&argument.data_type)) {
        Some(None) => arguments.iter().find_map(|argument| string_of(&argument.data_type)),
        kept => kept.flatten(),
    };
    let collated = arguments.iter().find_map(|argument| argument.data_type.collations().next());
    let mut result = match (rule.minds, collated) {
        (Minds::Kernel(kernel), Some(collation)) if !collation.is_indeterminate() => {
            with_kernel(call, arguments, kernel, plain)?
        }
        (Minds::UnicodeKernel(kernel), Some(collation)) if collation.is_unicode() => {
            with_kernel(call, arguments, kernel, plain)?
        }
        (Minds::PatternsAt(places), Some(collation)) if collation.is_lower_case() => {
            for (n, argument) in arguments.iter_mut().enumerate() {
                if places.contains(&n) {
                    *argument = ignoring_case(argument.clone());
                }
            }
            plain(&Call { arguments: &arguments, ..*call })?
        }
        _ => plain(&Call { arguments: &arguments, ..*call })?,
    };
    if let Some(collation) = collation {
        result.data_type = result.data_type.map_strings(&|_| DataType::string(collation));
    }
    Ok(result)
}

/// Accents count for nothing but case does: there is no search by such a collation.
fn minds_case_only(collation: Collation) -> bool {
    collation.ignores_accents() && !collation.ignores_case()
}

/// The collation of a string, or of the strings in an array.
fn string_of(data_type: &DataType) -> Option<Collation> {
    match data_type {
        DataType::Array { element, .. } => string_of(element),
        other => other.collation(),
    }
}

/// The call's checks and types are those of the function; what runs is another kernel.
fn with_kernel(
    call: &Call<'_>,
    arguments: Vec<Typed>,
    kernel: &'static Kernel,
    plain: &dyn Fn(&Call<'_>) -> Result<Typed>,
) -> Result<Typed> {
    let bound = plain(&Call { arguments: &arguments, ..*call })?;
    let cast = arguments
        .into_iter()
        .enumerate()
        .map(|(n, argument)| match (argument.data_type.is_string(), n) {
            (true, _) => Ok(argument),
            (false, n) if n >= 2 && !matches!(call.function.name, "replace" | "translate") => {
                call.to(argument, &DataType::Int)
            }
            (false, _) => call.to(argument, &DataType::String),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(call.kernel(kernel, cast, bound.data_type, bound.nullable))
}

/// A regular expression that ignores case.
fn ignoring_case(pattern: Typed) -> Typed {
    const FLAG: &str = "(?iu)";
    let expr = match &pattern.expr {
        Expr::Literal(value, metadata) => match value.try_as_str().flatten() {
            Some(text) => Expr::Literal(ScalarValue::Utf8View(Some(format!("{FLAG}{text}"))), metadata.clone()),
            None => pattern.expr,
        },
        _ => {
            let flag = Expr::Literal(ScalarValue::Utf8View(Some(FLAG.to_owned())), None);
            binary_expr(flag, Operator::StringConcat, pattern.expr)
        }
    };
    Typed { expr, ..pattern }
}
