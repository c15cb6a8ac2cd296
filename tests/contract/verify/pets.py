"""A small document, its plan, and bugs to plant into a server that keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PETS = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
security: [{key: []}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9}}]
      responses:
        "200":
          description: Pets
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
    post:
      operationId: createPet
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              additionalProperties: false
              properties: {name: {type: string, minLength: 1}}
      responses:
        "201":
          description: The pet
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
          links:
            read: {operationId: getPet, parameters: {id: $response.body#/id}}
            remove: {operationId: deletePet, parameters: {id: $response.body#/id}}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
        "415": {$ref: "#/components/responses/Error"}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {$ref: "#/components/schemas/Id"}}]
    get:
      operationId: getPet
      responses:
        "200":
          description: The pet
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
        "404": {$ref: "#/components/responses/Error"}
    delete:
      operationId: deletePet
      responses:
        "204": {description: Gone}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
        "404": {$ref: "#/components/responses/Error"}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  responses:
    Error:
      description: What was wrong
      content:
        application/json:
          schema: {type: object, required: [message], properties: {message: {type: string}}}
  schemas:
    Id: {type: string, pattern: "^pet_[0-9a-f]{12}$"}
    Pet:
      type: object
      required: [id, name]
      properties: {id: {$ref: "#/components/schemas/Id"}, name: {type: string, minLength: 1}}
"""
PETS_PLAN = """\
plan: "1"
resources:
  pets: {schema: Pet, id: {make: "pet_{hex:12}"}}
operations:
  listPets: {action: list, resource: pets, page: {limit: $request.query.limit, default-limit: 9}}
  createPet: {action: create, resource: pets}
  getPet: {action: get, resource: pets}
  deletePet: {action: delete, resource: pets}
"""

Change = Callable[[dict[str, Any], int, Any], tuple[int, Any]]
"""(ASGI scope, status, body) -> what is answered instead."""


def wrong_type(scope: dict[str, Any], status: int, body: Any) -> tuple[int, Any]:
    return status, {**body, "name": 5} if status == 200 and isinstance(body, dict) else body
