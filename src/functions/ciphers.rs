//! AES: `aes_encrypt` and `aes_decrypt` in the modes ECB, CBC and GCM, laid out as Spark does: the initialization vector
//! first, GCM's tag last.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, consts::U12, consts::U16};
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use aes_gcm::{AesGcm, KeyInit, Nonce};
use datafusion::logical_expr::{ColumnarValue, lit};

use super::rows::Binaries;
use super::{Arguments, Call, Expected, Family, Function, Kernel, Typed};
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result, UNSUPPORTED_FEATURE};
use crate::types::DataType;

const FAMILY: Family = Family::Misc;
const BYTES: Expected = Expected::Type(DataType::Binary);
const BLOCK: usize = 16;
const GCM_IV: usize = 12;
const GCM_TAG: usize = 16;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "aes_encrypt",
        FAMILY,
        bind_encrypt,
        "aes_encrypt(expr, key[, mode[, padding[, iv[, aad]]]]) - Returns an encrypted value of `expr` using AES in given `mode` with the specified `padding`. Key lengths of 16, 24 and 32 bits are supported. Supported combinations of (`mode`, `padding`) are ('ECB', 'PKCS'), ('GCM', 'NONE') and ('CBC', 'PKCS'). Optional initialization vectors (IVs) are only supported for CBC and GCM modes. These must be 16 bytes for CBC and 12 bytes for GCM. If not provided, a random vector will be generated and prepended to the output. Optional additional authenticated data (AAD) is only supported for GCM. If provided for encryption, the identical AAD value must be provided for decryption. The default mode is GCM.",
        &[
            "SELECT hex(aes_encrypt('Spark', '0000111122223333'))",
            "SELECT base64(aes_encrypt('Spark SQL', '1234567890abcdef', 'ECB', 'PKCS'))",
        ],
    ),
    Function::scalar(
        "aes_decrypt",
        FAMILY,
        |call| bind_decrypt(call, false),
        "aes_decrypt(expr, key[, mode[, padding[, aad]]]) - Returns a decrypted value of `expr` using AES in `mode` with `padding`. Key lengths of 16, 24 and 32 bits are supported. Supported combinations of (`mode`, `padding`) are ('ECB', 'PKCS'), ('GCM', 'NONE') and ('CBC', 'PKCS'). Optional additional authenticated data (AAD) is only supported for GCM. If provided for encryption, the identical AAD value must be provided for decryption. The default mode is GCM.",
        &[
            "SELECT aes_decrypt(unhex('83F16B2AA704794132802D248E6BFD4E380078182D1544813898AC97E709B28A94'), '0000111122223333')",
            "SELECT aes_decrypt(unbase64('3lmwu+Mw0H3fi5NDvcu9lg=='), '1234567890abcdef', 'ECB', 'PKCS')",
        ],
    ),
    Function::scalar(
        "try_aes_decrypt",
        FAMILY,
        |call| bind_decrypt(call, true),
        "try_aes_decrypt(expr, key[, mode[, padding[, aad]]]) - This is a special version of `aes_decrypt` that performs the same operation, but returns a NULL value instead of raising an error if the decryption cannot be performed.",
        &[
            "SELECT try_aes_decrypt(unhex('6E7CA17BBB468D3084B5744BCA729FB7B2B7BCB8E4472847D02670489D95FA97DBBA7D3210'), '0000111122223333', 'GCM')",
        ],
    ),
];

pub static KERNELS: &[&Kernel] = &[&ENCRYPT, &DECRYPT];

static ENCRYPT: Kernel = Kernel::new("aes_encrypt", encrypt).fallible().volatile();
static DECRYPT: Kernel = Kernel::new("aes_decrypt", decrypt).fallible();

/// `aes_encrypt(value, key[, mode[, padding[, iv[, aad]]]])`
fn bind_encrypt(call: &Call<'_>) -> Result<Typed> {
    bind(call, &ENCRYPT, &[BYTES, BYTES], false)
}

/// `aes_decrypt(value, key[, mode[, padding[, aad]]])`; `tolerant`: NULL for what cannot be decrypted.
fn bind_decrypt(call: &Call<'_>, tolerant: bool) -> Result<Typed> {
    bind(call, &DECRYPT, &[BYTES], tolerant)
}

/// The value, the key, the mode, the padding and what may follow, which is empty if it is left out.
fn bind(call: &Call<'_>, kernel: &'static Kernel, rest: &[Expected], tolerant: bool) -> Result<Typed> {
    let text = Expected::Type(DataType::String);
    let takes = [BYTES, BYTES, text.clone(), text].into_iter().chain(rest.iter().cloned()).collect::<Vec<_>>();
    call.count(2..=takes.len())?;
    let mut arguments = Vec::with_capacity(takes.len());
    for (n, takes) in takes.iter().enumerate() {
        if n < call.arguments.len() {
            arguments.push(call.expect(n, takes)?);
            continue;
        }
        let default = ["", "", "GCM", "DEFAULT"].get(n).copied().unwrap_or("");
        let typed = Typed { expr: lit(default), data_type: DataType::String, nullable: false };
        arguments.push(if n < 4 { typed } else { call.to(typed, &DataType::Binary)? });
    }
    let nullable = tolerant || arguments.iter().any(|argument| argument.nullable);
    let options = vec![if tolerant { "tolerant" } else { "strict" }.to_owned()];
    Ok(call.kernel_with(kernel, arguments, options, DataType::Binary, nullable))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ecb,
    Cbc,
    Gcm,
}

fn mode(name: &str, padding: &str) -> Result<Mode> {
    let fits = |expected: &str| padding.eq_ignore_ascii_case(expected) || padding.eq_ignore_ascii_case("DEFAULT");
    match name.to_ascii_uppercase().as_str() {
        "ECB" if fits("PKCS") => Ok(Mode::Ecb),
        "CBC" if fits("PKCS") => Ok(Mode::Cbc),
        "GCM" if fits("NONE") => Ok(Mode::Gcm),
        _ => Err(Error::new(
            &UNSUPPORTED_FEATURE,
            format!(
                "The feature is not supported: AES-{name} with the padding {padding} by the `aes_encrypt`/`aes_decrypt` \
                 function"
            ),
        )
        .subcondition("AES_MODE")),
    }
}

fn invalid(subcondition: &'static str, parameters: &str, why: &str) -> Error {
    Error::new(
        &INVALID_PARAMETER_VALUE,
        format!("The value of parameter(s) {parameters} in `aes_encrypt`/`aes_decrypt` is invalid: {why}"),
    )
    .subcondition(subcondition)
}

fn failed(why: &str) -> Error {
    invalid("AES_CRYPTO_ERROR", "`expr`, `key`", &format!("detail message: {why}"))
}

fn unsupported(subcondition: &'static str, mode: &str, what: &str) -> Error {
    Error::new(
        &UNSUPPORTED_FEATURE,
        format!("The feature is not supported: `aes_encrypt` with AES-{mode} does not support {what}"),
    )
    .subcondition(subcondition)
}

/// Runs `$body` with `$cipher` as the type of the cipher that the key is for.
macro_rules! with_cipher {
    ($key:expr, |$cipher:ident| $body:expr) => {
        match $key.len() {
            16 => {
                type $cipher = Aes128;
                $body
            }
            24 => {
                type $cipher = Aes192;
                $body
            }
            32 => {
                type $cipher = Aes256;
                $body
            }
            length => Err(invalid(
                "AES_KEY_LENGTH",
                "`key`",
                &format!("expects a binary value with 16, 24 or 32 bytes, but got {length} bytes"),
            )),
        }
    };
}

fn encrypt(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (values, keys) = (arguments.binaries(0)?, arguments.binaries(1)?);
    let (modes, paddings) = (arguments.strings(2)?, arguments.strings(3)?);
    let (ivs, aads) = (arguments.binaries(4)?, arguments.binaries(5)?);
    arguments.write_binaries(|row, out| {
        let (Some(value), Some(key), Some(name), Some(padding), Some(iv), Some(aad)) =
            (values.get(row), keys.get(row), modes.get(row), paddings.get(row), ivs.get(row), aads.get(row))
        else {
            return Ok(None);
        };
        let mode = mode(name, padding)?;
        check_vector(mode, name, iv, aad)?;
        let mut vector = [0_u8; BLOCK];
        let vector = &mut vector[..match mode {
            Mode::Ecb => 0,
            Mode::Cbc => BLOCK,
            Mode::Gcm => GCM_IV,
        }];
        if iv.is_empty() {
            rand::fill(vector)
        } else {
            vector.copy_from_slice(iv)
        }
        out.extend_from_slice(vector);
        with_cipher!(key, |Cipher| match mode {
            Mode::Gcm => {
                let cipher = AesGcm::<Cipher, U12>::new_from_slice(key).map_err(|_| failed("Invalid key"))?;
                let nonce = Nonce::<U12>::try_from(&*vector).map_err(|_| failed("Invalid IV"))?;
                let sealed = cipher.encrypt(&nonce, Payload { msg: value, aad });
                out.extend(sealed.map_err(|_| failed("The value is too long"))?);
                Ok(())
            }
            Mode::Ecb | Mode::Cbc => {
                let cipher = Cipher::new_from_slice(key).map_err(|_| failed("Invalid key"))?;
                encrypt_blocks(&cipher, value, vector, out);
                Ok(())
            }
        })?;
        Ok(Some(()))
    })
}

fn check_vector(mode: Mode, name: &str, iv: &[u8], aad: &[u8]) -> Result<()> {
    if !iv.is_empty() {
        match mode {
            Mode::Ecb => return Err(unsupported("AES_MODE_IV", name, "initialization vectors (IVs)")),
            Mode::Cbc if iv.len() == BLOCK => {}
            Mode::Gcm if iv.len() == GCM_IV => {}
            Mode::Cbc | Mode::Gcm => {
                let why =
                    format!("supports 16-byte CBC IVs and 12-byte GCM IVs, but got {} bytes for {name}", iv.len());
                return Err(invalid("AES_IV_LENGTH", "`iv`", &why));
            }
        }
    }
    if !aad.is_empty() && mode != Mode::Gcm {
        return Err(unsupported("AES_MODE_AAD", name, "additional authenticate data (AAD)"));
    }
    Ok(())
}

/// Appends the blocks of the padded value. With a vector each block is mixed with the one before.
fn encrypt_blocks<C>(cipher: &C, value: &[u8], vector: &[u8], out: &mut Vec<u8>)
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    let mut before = Block::<C>::default();
    before[..vector.len()].copy_from_slice(vector);
    for start in (0..=value.len()).step_by(BLOCK) {
        let part = &value[start..value.len().min(start + BLOCK)];
        let padding = BLOCK - part.len();
        let mut block = Block::<C>::from([padding as u8; BLOCK]);
        block[..part.len()].copy_from_slice(part);
        if !vector.is_empty() {
            block.iter_mut().zip(&before).for_each(|(byte, before)| *byte ^= before);
        }
        cipher.encrypt_block(&mut block);
        out.extend_from_slice(&block);
        before = block;
    }
}

fn decrypt(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let tolerant = arguments.parameters.options[0] == "tolerant";
    let (values, keys) = (arguments.binaries(0)?, arguments.binaries(1)?);
    let (modes, paddings) = (arguments.strings(2)?, arguments.strings(3)?);
    let aads: Binaries = arguments.binaries(4)?;
    arguments.write_binaries(|row, out| {
        let (Some(value), Some(key), Some(name), Some(padding), Some(aad)) =
            (values.get(row), keys.get(row), modes.get(row), paddings.get(row), aads.get(row))
        else {
            return Ok(None);
        };
        let opened = mode(name, padding).and_then(|mode| {
            check_vector(mode, name, &[], aad)?;
            open(mode, value, key, aad, out)
        });
        match opened {
            Ok(()) => Ok(Some(())),
            Err(_) if tolerant => {
                out.clear();
                Ok(None)
            }
            Err(error) => Err(error),
        }
    })
}

fn open(mode: Mode, value: &[u8], key: &[u8], aad: &[u8], out: &mut Vec<u8>) -> Result<()> {
    with_cipher!(key, |Cipher| match mode {
        Mode::Gcm => {
            if value.len() < GCM_IV + GCM_TAG {
                return Err(failed("the value is shorter than its initialization vector and tag"));
            }
            let (iv, sealed) = value.split_at(GCM_IV);
            let cipher = AesGcm::<Cipher, U12>::new_from_slice(key).map_err(|_| failed("Invalid key"))?;
            let nonce = Nonce::<U12>::try_from(iv).map_err(|_| failed("Invalid IV"))?;
            out.extend(cipher.decrypt(&nonce, Payload { msg: sealed, aad }).map_err(|_| failed("Tag mismatch!"))?);
            Ok(())
        }
        Mode::Ecb | Mode::Cbc => {
            let vector = if mode == Mode::Cbc { BLOCK } else { 0 };
            let (Some(vector), Some(blocks)) = (value.get(..vector), value.get(vector..)) else {
                return Err(failed("the value is shorter than its initialization vector"));
            };
            let cipher = Cipher::new_from_slice(key).map_err(|_| failed("Invalid key"))?;
            decrypt_blocks(&cipher, blocks, vector, out)
        }
    })
}

/// Appends the value without its padding.
fn decrypt_blocks<C>(cipher: &C, value: &[u8], vector: &[u8], out: &mut Vec<u8>) -> Result<()>
where
    C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>,
{
    let (blocks, rest) = value.as_chunks::<BLOCK>();
    if !rest.is_empty() {
        return Err(failed("Input length must be multiple of 16 when decrypting with padded cipher"));
    }
    let mut before = [0_u8; BLOCK];
    before[..vector.len()].copy_from_slice(vector);
    for sealed in blocks {
        let mut block = Block::<C>::from(*sealed);
        cipher.decrypt_block(&mut block);
        if !vector.is_empty() {
            block.iter_mut().zip(&before).for_each(|(byte, before)| *byte ^= before);
            before = *sealed;
        }
        out.extend_from_slice(&block);
    }
    let wrong = || {
        failed("Given final block not properly padded. Such issues can arise if a bad key is used during decryption")
    };
    let Some(&padding) = out.last() else { return Ok(()) };
    let length = usize::from(padding);
    let padded = (1..=BLOCK).contains(&length) && out.ends_with(&vec![padding; length]);
    if !padded {
        return Err(wrong());
    }
    out.truncate(out.len() - length);
    Ok(())
}
