CREATE DATABASE sales COMMENT 'of the shop';
USE sales;
CREATE TABLE customers (id INT NOT NULL COMMENT 'the key', mail STRING, PRIMARY KEY (id) NOT ENFORCED, UNIQUE (mail) NOT ENFORCED);
CREATE TABLE orders (number INT, customer INT, price DECIMAL(10,2) DEFAULT 1, name VARCHAR(20), tags ARRAY<STRING>, dt DATE, FOREIGN KEY (customer) REFERENCES customers (id) NOT ENFORCED) PARTITIONED BY (dt) COMMENT 'all orders';
INSERT INTO orders VALUES (1, 1, 2.5, 'a', array('x'), date'2024-01-01');
CREATE VIEW v AS SELECT number FROM orders;
CREATE FUNCTION f(a INT) RETURNS INT RETURN a + 1;
